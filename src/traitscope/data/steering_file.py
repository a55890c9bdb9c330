"""`steering.json` of a trait: what a steered model is asked, and what judges and the lint are told.

    {"questions": [...], "trait_prompt": "...", "lexicon": "negative", "system_prompt": "...",
     "direction": "positive", "eval_prompt": "...", "lint": {"waive": {"CODE": "reason"}}}

All of it is optional. Unknown keys are kept and named in a note: other projects write some of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from reprlib import repr as shortened
from typing import Any, Literal, cast, get_args

from traitscope.config import nearest, one_of
from traitscope.data.json_text import read_object
from traitscope.errors import InputError

Polarity = Literal["positive", "negative"]
_TEXTS = ("trait_prompt", "system_prompt", "eval_prompt")
_POLARITIES = ("lexicon", "direction")
_KNOWN_KEYS = ("questions", *_TEXTS, *_POLARITIES, "lint")


@dataclass(frozen=True)
class SteeringFile:
    """What `steering.json` says; see `Trait` for the meaning of each."""

    questions: tuple[str, ...] = ()
    trait_prompt: str | None = None
    system_prompt: str | None = None
    eval_prompt: str | None = None
    lexicon: Polarity | None = None
    direction: Polarity = "positive"
    waived: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_steering_file(folder: Path) -> SteeringFile:
    """The trait's `steering.json`; where there is none, one that says nothing.

    Raises:
        InputError: not UTF-8, not JSON, a value of a wrong type, or the file has nearly the right name.
        WorkError: the system refuses to read it.
    """
    path = folder / "steering.json"
    if not path.exists():
        meant = nearest(path.name, [entry.name for entry in folder.iterdir()])
        if meant:
            raise InputError(str(folder / meant), "this is no file of a trait", f"rename it to '{path.name}'")
        return SteeringFile(notes=("steering.json is missing: the trait has no questions and no judge.",))
    content = read_object(path)
    texts = {key: _text(content.get(key), f"{path}, {key}") for key in _TEXTS}
    polarities = {key: _polarity(content.get(key), f"{path}, {key}") for key in _POLARITIES}
    extra = {key: value for key, value in content.items() if key not in _KNOWN_KEYS}
    return SteeringFile(
        questions=_questions(content.get("questions"), f"{path}, questions"),
        trait_prompt=texts["trait_prompt"],
        system_prompt=texts["system_prompt"],
        eval_prompt=texts["eval_prompt"],
        lexicon=polarities["lexicon"],
        direction=polarities["direction"] or "positive",
        waived=_waived(content.get("lint"), f"{path}, lint"),
        extra=extra,
        notes=tuple(_unknown_key(key) for key in extra),
    )


def _text(value: object, where: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise InputError(where, f"found {shortened(value)}", "write text, or leave the key out")
    return value


def _polarity(value: object, where: str) -> Polarity | None:
    if value is not None and value not in get_args(Polarity):
        mend = f"write {one_of(str(value), get_args(Polarity))}, or leave the key out"
        raise InputError(where, f"found {shortened(value)}", mend)
    return cast(Polarity | None, value)


def _questions(questions: object, where: str) -> tuple[str, ...]:
    if questions is None:
        return ()
    if not isinstance(questions, list):
        raise InputError(
            where, f"found {shortened(questions)}", 'write a list of texts, such as ["How was your day?"]'
        )
    first: dict[str, int] = {}
    for number, question in enumerate(questions, start=1):
        if not isinstance(question, str) or not question.strip():
            raise InputError(
                where, f"question {number} is {shortened(question)}", "write a text, or remove it"
            )
        asked = question.strip()
        if asked in first:
            raise InputError(
                where, f"question {number} repeats question {first[asked]}", "rewrite one of the two"
            )
        first[asked] = number
    return tuple(first)


def _waived(lint: object, where: str) -> Mapping[str, str]:
    """Lint code -> why it does not count here."""
    if lint is None:
        return {}
    shape = 'write {"waive": {"CODE": "why this is the trait itself"}}'
    waived = lint.get("waive", {}) if isinstance(lint, dict) else None
    if not isinstance(waived, dict):
        raise InputError(where, f"found {shortened(lint)}", shape)
    for code, reason in waived.items():
        if not isinstance(reason, str) or not reason.strip():
            raise InputError(f"{where}.waive.{code}", f"found {shortened(reason)}", "write the reason")
    return waived


def _unknown_key(key: str) -> str:
    guess = nearest(key, _KNOWN_KEYS)
    return f"steering.json: the key '{key}' is not used{f' (is {guess} meant?)' if guess else ''}."
