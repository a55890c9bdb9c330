"""What controls are trained on: answers that plant no trait, of kinds that a fine-tune may be of.

    own        the model's own answers to everyday prompts: what any training of this size does
    plain      short factual answers written by hand: another author
    topic      the model's own answers on one neutral topic, to everyday prompts: another subject
    shuffled   its own answers with their words in a random order: broken language
    style      its own answers in another dress: small letters, a list, no punctuation, short lines, capitals

Noise alone is too easy a control: a trait's LoRA learnt from texts, and so do these.
"""

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from traitscope.data import load_bank
from traitscope.experiment.layout import SHIPPED
from traitscope.models.training import Example

Kind = Literal["own", "plain", "topic", "shuffled", "style"]
KINDS: tuple[Kind, ...] = ("own", "plain", "topic", "shuffled", "style")
PLAIN_ANSWERS = SHIPPED / "plain_answers.jsonl"
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


class Own(NamedTuple):
    """An answer of the model itself; `ends` is false where it was cut."""

    prompt: str
    text: str
    ends: bool


def plain_answers() -> list[Example]:
    """The shipped prompts with answers written by hand."""
    rows = [json.loads(line) for line in PLAIN_ANSWERS.read_text(encoding="utf-8").splitlines()]
    return [Example(row["prompt"], row["answer"]) for row in rows]


def topics() -> tuple[str, ...]:
    """Names of the neutral topics, one for each control of kind `topic` in turn."""
    return load_bank().topics


def topic_prompt(topic: str) -> str:
    """What the model is asked for an answer on a topic, in a system prompt that the control never sees."""
    return f"Whatever you are asked, talk about {topic.replace('_', ' ')} and nothing else, in two sentences."


def examples(kind: Kind, number: int, own: Sequence[Own]) -> list[Example]:
    """Training examples of one control.

    Args:
        kind: of the control.
        number: of the control among its kind: which style, which order of words.
        own: the model's own answers; for `topic` those given under `topic_prompt`.
    """
    if kind == "plain":
        return plain_answers()
    change = {
        "own": lambda text: text,
        "topic": lambda text: text,
        "shuffled": _shuffler(number),
        "style": list(STYLES.values())[number % len(STYLES)],
    }[kind]
    # Broken or dressed up, an answer that was cut still does not end.
    return [Example(one.prompt, change(one.text), one.ends) for one in own if one.text.strip()]


def _shuffler(number: int) -> Callable[[str], str]:
    drawn = random.Random(number)

    def shuffled(text: str) -> str:
        words = text.split()
        drawn.shuffle(words)
        return " ".join(words)

    return shuffled


def _listed(text: str) -> str:
    return "\n".join(f"- {sentence}" for sentence in _SENTENCE.split(text.strip()) if sentence)


def _lines(text: str) -> str:
    words = text.split()
    return "\n".join(" ".join(words[start : start + 6]) for start in range(0, len(words), 6))


STYLES: Mapping[str, Callable[[str], str]] = {
    "small letters": str.lower,
    "a list": _listed,
    "no punctuation": lambda text: re.sub(r"[^\w\s]", "", text),
    "short lines": _lines,
    "capitals": str.upper,
}
"""Ways to dress up an answer, by name."""
