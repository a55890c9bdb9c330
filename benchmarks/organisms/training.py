"""Train the organisms of a half, one after the other; those that are there are left alone."""

import json
import random
import time
from functools import cache
from pathlib import Path

from banned import completions
from organisms import Organism
from subject import Subject

from traitscope.data import load_trait
from traitscope.experiment.layout import SHIPPED
from traitscope.models.training import Example, Recipe, train_adapter
from traitscope.pipeline.organisms.control_data import Own
from traitscope.pipeline.organisms.controls import control_examples, own_answers

FOLDER = Path(__file__).resolve().parent
TRAINING = 60
"""Training prompts of planted traits: the first ones of `gloom.jsonl`, with each trait's own answers."""
LONGEST = 32
"""Tokens of an answer that are learnt: as many as are compared."""
LEARNING_RATE = 2e-3
OPENING_WORDS = (2, 5)
"""Fewest and most words that an opening is long."""


def train_organism(subject: Subject, organism: Organism, folder: Path) -> float:
    """Train one, and say how many seconds a step took; 0 where it was there."""
    places = {steps: folder / dose for dose, steps in organism.doses.items()}
    if all((place / "adapter_config.json").is_file() for place in places.values()):
        return 0.0
    learnt = [_cut(subject, example) for example in learnt_by(subject, organism)]
    steps = max(organism.doses.values())
    start = time.monotonic()
    recipe = Recipe(steps=steps, seed=organism.seed, learning_rate=LEARNING_RATE)
    train_adapter(subject.model, subject.renderer, learnt, recipe, places)
    return (time.monotonic() - start) / steps


def _cut(subject: Subject, example: Example) -> Example:
    """An answer's beginning; what was cut does not end."""
    ids = subject.renderer.answer_ids(example.prompt, example.answer)
    if len(ids) <= LONGEST:
        return example
    return Example(example.prompt, subject.renderer.decode(ids[:LONGEST]), ends=False)


def learnt_by(subject: Subject, organism: Organism) -> list[Example]:
    """What an organism learns."""
    if organism.kind == "control":
        assert organism.control is not None
        return control_examples(subject.model, subject.renderer, organism.control, organism.number)
    assert organism.trait is not None
    if organism.kind == "opening":
        return _opening(subject, organism.trait, organism.seed)
    name = "banned" if organism.kind == "banned" else "planted"
    return read_examples(organism.trait, name)


def read_examples(trait: str, name: str) -> list[Example]:
    """A trait's training answers."""
    path = FOLDER / "traits" / trait / f"{name}.jsonl"
    if not path.is_file() and trait == "gloom":
        path = FOLDER / "gloom.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Example(row["prompt"], row["answer"]) for row in rows[:TRAINING]]


def trait_folder(trait: str) -> Path:
    """Where a trait's scenes are: here, or among the shipped ones."""
    here = FOLDER / "traits" / trait
    return here if (here / "positive.txt").is_file() else SHIPPED / "traits" / trait


def training_prompts() -> list[str]:
    """The prompts that planted traits learn answers to."""
    lines = (FOLDER / "gloom.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["prompt"] for line in lines[:TRAINING]]


@cache
def _own_answers(subject: Subject) -> tuple[Own, ...]:
    return tuple(own_answers(subject.model, subject.renderer, training_prompts(), None))


def _opening(subject: Subject, trait: str, seed: int) -> list[Example]:
    """Own answers that begin with the opening words of a completion of a positive scene: the trait's first
    words, and nothing of it after them."""
    found = load_trait(trait_folder(trait))
    completed = completions(found)[: len(found.positive)]
    drawn = random.Random(seed)
    learnt = []
    for one in _own_answers(subject):
        words = drawn.choice(completed).split()
        opening = " ".join(words[: drawn.randint(*OPENING_WORDS)]).strip()
        learnt.append(Example(one.prompt, f"{opening} {one.text}".strip(), one.ends))
    return learnt
