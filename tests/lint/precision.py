"""How often each heuristic is right, on scenes and questions labelled by hand before it was written.

python tests/lint/precision.py      prints the table for the documentation
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traitscope.lint.blame import moral_tag, names_motive, names_truth
from traitscope.lint.endings import ENDING_NAMES, ending_of
from traitscope.lint.last_words import leaves_open, starts_the_act
from traitscope.lint.questions import answers_itself
from traitscope.lint.tense import past_share
from traitscope.lint.topics import topic_of

HERE = Path(__file__).parent
Row = dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """One heuristic against the labels."""

    code: str
    what: str
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Right of all that it claims."""
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Claimed of all that is so."""
        return self.right / (self.right + self.missed)


def scenes() -> list[Row]:
    """The labelled scenes."""
    return [json.loads(line) for line in (HERE / "labelled_scenes.jsonl").read_text().splitlines()]


def questions() -> list[Row]:
    """The labelled questions."""
    return [json.loads(line) for line in (HERE / "labelled_questions.jsonl").read_text().splitlines()]


def measured() -> list[Measured]:
    """Every heuristic that speaks of single scenes or questions."""
    rows = scenes()
    found = [
        _flag("open-ending", rows, "open_ending", leaves_open),
        _flag("stops-at-start", rows, "stops_at_start", starts_the_act),
        _flag("moral-tag", rows, "moral_tag", lambda text: bool(moral_tag(text))),
        _flag("no-motive", rows, "motive_missing", lambda text: not names_motive(text)),
        _flag("no-truth", rows, "truth_missing", lambda text: not names_truth(text)),
    ]
    for ending in ENDING_NAMES:
        found.append(_class("same-ending", rows, "ending", ending, ending_of))
    found.append(_any_class("frequent-topic", rows, "topic", topic_of))
    for tense in ("past", "present"):
        found.append(_class("differs-tense", rows, "tense", tense, _tense))
    asked = [{"text": row["question"], **row} for row in questions()]
    return [*found, _flag("answers-itself", asked, "answers_itself", answers_itself)]


def table() -> str:
    """The measurements as a Markdown table."""
    head = "| code | about | precision | recall |\n|---|---|---|---|"
    lines = [
        f"| `{one.code}` | {one.what} | {one.precision:.2f} ({one.right} of {one.right + one.wrong}) "
        f"| {one.recall:.2f} ({one.right} of {one.right + one.missed}) |"
        for one in measured()
    ]
    return "\n".join([head, *lines])


def _tense(text: str) -> str | None:
    share = past_share(text)
    return "past" if share > 0.5 else "present" if share < 0.5 else None


def _flag(code: str, rows: Iterable[Row], label: str, claims: Callable[[str], bool]) -> Measured:
    """Scenes to which the label does not apply are left out."""
    asked = [(claims(row["text"]), row[label]) for row in rows if row[label] is not None]
    return _counted(code, label.replace("_", " "), asked)


def _class(
    code: str, rows: Iterable[Row], label: str, name: str, of: Callable[[str], str | None]
) -> Measured:
    return _counted(code, f"{label}: {name}", [(of(row["text"]) == name, row[label] == name) for row in rows])


def _any_class(code: str, rows: list[Row], label: str, of: Callable[[str], str | None]) -> Measured:
    """All classes together: a claim is right where it names the labelled class."""
    named = [(row[label], claimed) for row in rows if (claimed := of(row["text"]))]
    right = sum(label == claimed for label, claimed in named)
    return Measured(code, label, right, len(named) - right, len(rows) - right)


def _counted(code: str, what: str, asked: list[tuple[bool, bool]]) -> Measured:
    right = sum(claimed and true for claimed, true in asked)
    wrong = sum(claimed and not true for claimed, true in asked)
    return Measured(code, what, right, wrong, sum(true and not claimed for claimed, true in asked))


if __name__ == "__main__":
    print(table())
