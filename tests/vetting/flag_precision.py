"""How often each flag is right, on completions labelled by hand before it was written.

python tests/vetting/flag_precision.py      prints the table for the documentation
"""

import json
from pathlib import Path
from typing import NamedTuple

from traitscope.vetting import Completion
from traitscope.vetting.reversals import DRIFTS, REVERSALS, FlagName, flags

LABELLED = Path(__file__).parent / "labelled_completions.jsonl"


class Measured(NamedTuple):
    """One flag against the labels."""

    name: FlagName
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


def measured() -> list[Measured]:
    """Every flag on all labelled completions, taken for those of blamed acts on the positive side."""
    rows = [json.loads(line) for line in LABELLED.read_text(encoding="utf-8").splitlines()]
    found = [
        {
            flag.name
            for flag in flags(
                Completion("positive", 1, row["scene"], "", row["counted"], row["after"], False)
            )
        }
        for row in rows
    ]
    labels = [row["label"] for row in rows]
    return [
        Measured(
            name,
            sum(name in one and label == name for one, label in zip(found, labels, strict=True)),
            sum(name in one and label != name for one, label in zip(found, labels, strict=True)),
            sum(name not in one and label == name for one, label in zip(found, labels, strict=True)),
        )
        for name in (*REVERSALS, *DRIFTS)
    ]


def table() -> str:
    """As docs/trait-data.md shows it."""
    lines = ["| flag | precision | recall |", "|---|---|---|"]
    for one in measured():
        claimed, labelled = one.right + one.wrong, one.right + one.missed
        lines.append(
            f"| {one.name} | {one.precision:.2f} ({one.right} of {claimed}) "
            f"| {one.recall:.2f} ({one.right} of {labelled}) |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
