"""Answers to scores, batch by batch through a journal: what is written is not judged again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from traitscope.data import Trait
from traitscope.engine import log_probabilities
from traitscope.errors import InputError, WorkError
from traitscope.experiment import Experiment, Journal
from traitscope.judging import Score, coherence, lexicon_score
from traitscope.models import Ids
from traitscope.pipeline.run import Run

Answers = Sequence[dict[str, Any]]
TraitJudge = Callable[[str], Score]


@dataclass(frozen=True)
class Scored:
    """The scores of one answer."""

    trait: float | None
    coherence: float | None
    log_probability: float | None
    """Mean over the answer's tokens under the unsteered model, nats; the better of with and without the
    trait's system prompt. None for an empty answer."""


def has_judge(trait: Trait) -> bool:
    """Whether a judge that needs no model can score the trait."""
    return trait.lexicon is not None


def trait_judge(trait: Trait, experiment: Experiment) -> TraitJudge:
    """The judge of a trait's answers.

    Raises:
        InputError: the lexicon does not serve this trait.
    """
    polarity = trait.lexicon
    if polarity is None:
        raise InputError(
            f"{experiment.file}, steer.judge",
            f"the lexicon judge scores mood, and trait '{trait.name}' does not say which mood it is",
            f'leave it out of steer.traits, or set "lexicon" in {trait.folder / "steering.json"}',
        )
    return lambda text: lexicon_score(text, polarity)


def trait_prompt(trait: Trait) -> str:
    """The system prompt that asks for a trait: its own, else one made of its definition."""
    return trait.trait_prompt or f"Answer so that your answer shows this: {trait.definition}"


def score(
    run: Run,
    variant: str,
    trait: Trait,
    journal: Journal,
    answers: Answers,
    questions: Sequence[str],
    unsteered: float | None,
) -> list[Scored]:
    """Scores of `answers` to `questions`, in order; batches are those the answers were decoded in.

    `unsteered` is the mean log-probability of the unsteered answers to the same questions; None says that
    these are they.
    """
    batches: dict[str, list[int]] = {}
    for index, row in enumerate(answers):
        batches.setdefault(row["batch"], []).append(index)

    def likelihood(name: str) -> list[float | None]:
        done = journal.get(name)
        if done is not None:
            return [row["log_probability"] for row in done]
        places = batches[name]
        return _log_probabilities(
            run, variant, trait, [answers[i] for i in places], [questions[i] for i in places]
        )

    # All unsteered answers are held against their common mean, however they were cut into batches.
    known = {name: likelihood(name) for name in batches} if unsteered is None else {}
    reference = _mean([one for found in known.values() for one in found]) if unsteered is None else unsteered
    judge = trait_judge(trait, run.experiment)
    scored: dict[int, Scored] = {}
    for name, places in batches.items():
        rows = journal.get(name)
        if rows is None:
            found = known[name] if name in known else likelihood(name)
            texts = [answers[place]["text"] for place in places]
            rows = journal.add(
                name,
                [_row(text, judge, one, reference) for text, one in zip(texts, found, strict=True)],
            )
        for place, row in zip(places, rows, strict=True):
            scored[place] = Scored(row["trait"], row["coherence"], row["log_probability"])
    return [scored[index] for index in range(len(answers))]


def mean_log_probability(scored: Sequence[Scored]) -> float:
    """What coherence is relative to: the mean over unsteered answers."""
    return _mean([one.log_probability for one in scored])


def _row(text: str, judge: TraitJudge, likelihood: float | None, unsteered: float) -> dict[str, Any]:
    return {
        "trait": judge(text),
        "coherence": 0.0 if likelihood is None else coherence(text, likelihood, unsteered),
        "log_probability": likelihood,
    }


def _mean(values: Sequence[float | None]) -> float:
    found = [value for value in values if value is not None]
    if not found:
        raise WorkError(
            "the unsteered answers",
            "are all empty, so that nothing can be compared with them",
            "check the steered variant's chat template and system prompt",
        )
    return sum(found) / len(found)


def _log_probabilities(
    run: Run, variant: str, trait: Trait, answers: Answers, questions: Sequence[str]
) -> list[float | None]:
    """Mean log-probability of each answer, with or without a system prompt asking for the trait."""
    model, renderer = run.variants.model(variant), run.variants.renderer(variant)
    texts: list[Ids] = [tuple(row["ids"]) for row in answers]
    plain = [tuple(row["prompt"]) for row in answers]
    asking = [renderer.ids(question, trait_prompt(trait)) for question in questions]
    readings = [log_probabilities(model, prompts, texts) for prompts in (plain, asking)]
    return [
        max(float(without.mean()), float(asked.mean())) if len(without) else None
        for without, asked in zip(*readings, strict=True)
    ]
