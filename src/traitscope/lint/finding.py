"""What the lint finds: a code of the table, at a place, with what was seen there."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""From worst to least; a note never fails a set."""


@dataclass(frozen=True)
class Finding:
    """One thing found in a trait folder."""

    code: str
    severity: Severity
    file: Path
    line: int | None
    """In the file, from 1 on; None where it is about the whole file."""
    what: str
    """What was seen, as a clause."""
    harm: str
    """Why it harms the direction, a sentence."""
    mend: str
    """How to mend it, a sentence."""
    lines: tuple[int, ...] = ()
    """All scenes that it is about, where it is about several; `line` is the first of them."""


@dataclass(frozen=True)
class Waived:
    """A finding that steering.json declares to be the trait itself."""

    finding: Finding
    reason: str


@dataclass(frozen=True)
class Code:
    """A kind of finding; its name never changes, so that waivers keep their meaning."""

    name: str
    severity: Severity
    exact: bool
    """False for a heuristic: it guesses, and its precision is measured."""
    harm: str
    mend: str
    settings: tuple[str, ...] = ()
    """Keys of the lint section that set its thresholds."""

    def found(self, file: Path, line: int | None, what: str) -> Finding:
        """A finding of this kind; what cannot be printed is shown as a replacement character."""
        return Finding(self.name, self.severity, file, line, printable(what), self.harm, self.mend)

    def found_in(self, file: Path, lines: Sequence[int], what: str) -> Finding:
        """A finding that is about several scenes, whose lines are told behind what was seen."""
        told = printable(f"{what}: lines {listed(lines)}")
        return Finding(self.name, self.severity, file, lines[0], told, self.harm, self.mend, tuple(lines))


def listed(lines: Sequence[int], most: int = 12) -> str:
    """Line numbers, the first ones of many."""
    rest = len(lines) - most
    return ", ".join(map(str, lines[:most])) + (f" and {rest} more" if rest > 0 else "")


def printable(text: str) -> str:
    """The text without control characters, so that a scene cannot write to the terminal by itself."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
