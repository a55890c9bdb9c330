"""What the lint finds: a code of the table, at a place, with what was seen there."""

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


def printable(text: str) -> str:
    """The text without control characters, so that a scene cannot write to the terminal by itself."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
