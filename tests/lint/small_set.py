"""A trait folder that a test may spoil, and thresholds for a small one."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traitscope.config.lint import LintSettings
from traitscope.lint import Finding, LintReport, lint_folder

SMALL = LintSettings(few_pairs=20, few_questions=10, split_questions=12, few_labelled=12)
"""Thresholds for a set of 24 pairs, 12 questions and 12 labelled answers; the others are the defaults."""


@dataclass(frozen=True)
class Copy:
    """A trait folder that a test may spoil."""

    folder: Path

    def lines(self, name: str) -> list[str]:
        """Of one of its text files."""
        return (self.folder / name).read_text().splitlines()

    def write(self, name: str, lines: list[str]) -> None:
        """All lines of a file."""
        (self.folder / name).write_text("".join(f"{line}\n" for line in lines))

    def replace(self, name: str, line: int, text: str) -> None:
        """One line of a file, counted from 1."""
        lines = self.lines(name)
        lines[line - 1] = text
        self.write(name, lines)

    def append(self, name: str, *texts: str) -> None:
        """More lines at the end of a file."""
        self.write(name, [*self.lines(name), *texts])

    def steering(self, **keys: Any) -> None:
        """Keys of steering.json."""
        path = self.folder / "steering.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | keys, indent=2))

    @property
    def questions(self) -> list[str]:
        """Of steering.json."""
        return list(json.loads((self.folder / "steering.json").read_text())["questions"])

    @property
    def labelled(self) -> list[dict[str, Any]]:
        """Of labelled.jsonl."""
        return [json.loads(line) for line in self.lines("labelled.jsonl")]

    def write_labelled(self, answers: list[dict[str, Any]]) -> None:
        """All lines of labelled.jsonl."""
        self.write("labelled.jsonl", [json.dumps(answer) for answer in answers])

    def report(self, settings: LintSettings = SMALL) -> LintReport:
        """What the lint says of it."""
        return lint_folder(self.folder, settings)

    def found(self, code: str, settings: LintSettings = SMALL) -> list[Finding]:
        """Findings of one code."""
        return [finding for finding in self.report(settings).findings if finding.code == code]
