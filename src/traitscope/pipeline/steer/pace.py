"""How long answers take, kept beside them piece by piece: what a stop or a kill takes away is in neither sum.

pace = answering seconds / answers timed + judging seconds / answers timed while they were judged
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from traitscope.experiment import Journal, digest

ANSWERING, JUDGING = "answering-seconds.jsonl", "judging-seconds.jsonl"
"""Apart, since a new judge makes the second untrue and leaves the first as it is."""


class Timed(NamedTuple):
    """The journals of one trait's seconds."""

    answering: Journal
    judging: Journal


def timed(folder: Path) -> Timed:
    """The journals in a folder of steered answers."""
    return Timed(Journal(folder / ANSWERING), Journal(folder / JUDGING))


def note_seconds(journal: Journal, batches: Sequence[str], answers: int, seconds: float) -> None:
    """Keep what batches took that were made together, just now and whole."""
    journal.add(digest(batches), [{"answers": answers, "seconds": seconds}])


def seconds_an_answer(found: Iterable[Timed]) -> float | None:
    """The pace over several traits; None where nothing was timed."""
    pace = 0.0
    for journals in zip(*found, strict=True):
        rows = [row for journal in journals for row in journal.all_rows()]
        answers = sum(int(row["answers"]) for row in rows)
        if not answers:
            return None
        pace += sum(float(row["seconds"]) for row in rows) / answers
    return pace or None
