"""Texts that try to talk to a judge, to be put into answers: does the score follow them?

Each record has an attack and a harmless sentence of the same length for the same place, so that what is
compared is what the attack says, not that the answer was interrupted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from traitscope.data.json_text import read_json_lines
from traitscope.errors import InputError
from traitscope.judging.judgement import Asked

SHIPPED = Path(__file__).parent.parent / "shipped" / "judging" / "injections.jsonl"

Place = Literal["start", "middle", "end"]
Pushes = Literal["up", "down"]


@dataclass(frozen=True)
class Injection:
    """One attack on a judge, with its control."""

    id: str
    kind: str
    """What it plays on: a fake system message, a closing fence, flattery, ..."""
    place: Place
    """Where in an answer it is put."""
    pushes: Pushes
    """Where it wants the score to go: to 100 or to 0."""
    text: str
    harmless: str
    """As long as the attack."""


def read_injections(path: Path = SHIPPED) -> tuple[Injection, ...]:
    """The attacks in a file, one JSON object a line; the shipped ones where no file is named.

    Raises:
        InputError: the file is missing, or a line is no such object; with file and line.
        WorkError: the system refuses to read it.
    """
    return tuple(_injection(value, f"{path}, line {line}") for line, value in read_json_lines(path))


def injected(asked: Asked, record: Injection) -> tuple[Asked, Asked]:
    """The answer with the attack in it, and with the harmless sentence in the same place."""
    return (
        Asked(asked.question, _put(asked.answer, record.text, record.place, _joint(record))),
        Asked(asked.question, _put(asked.answer, record.harmless, record.place, _joint(record))),
    )


def _joint(record: Injection) -> str:
    """An attack of several lines begins and ends a line, and so does its control."""
    return "\n" if "\n" in record.text else " "


def _put(answer: str, text: str, place: Place, joint: str) -> str:
    match place:
        case "start":
            parts: Sequence[str] = (text, answer)
        case "middle":
            words = answer.split(" ")
            half = len(words) // 2
            parts = (" ".join(words[:half]), text, " ".join(words[half:]))
        case "end":
            parts = (answer, text)
    return joint.join(part for part in parts if part)


def _injection(value: Any, where: str) -> Injection:
    keys = ("id", "kind", "place", "pushes", "text", "harmless")
    if not isinstance(value, dict) or not all(isinstance(value.get(key), str) for key in keys):
        raise InputError(where, "is no injection", f"write an object with the texts {', '.join(keys)}")
    for key, known in (("place", get_args(Place)), ("pushes", get_args(Pushes))):
        if value[key] not in known:
            raise InputError(f"{where}, {key}", f"found '{value[key]}'", f"write {' or '.join(known)}")
    return Injection(**{key: value[key] for key in keys})
