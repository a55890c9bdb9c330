"""What was found of a trait time after time, and what lies between."""

from dataclasses import dataclass
from typing import Any

from traitscope.report.plain import plain
from traitscope.report.values import Absent, Measured, Number


@dataclass(frozen=True)
class FoundOnce:
    """One search that came to its end.

    Attributes:
        finished: when, in UTC.
        archived: it was replaced.
        judge: who scored the trait, as tables name it.
        layer, coefficient: the winner's; absent where there is none.
        baseline, trait, coherence: of the unsteered answers and the winner's, on the report questions.
        delta: the paired difference of the two.
        searched_delta: the winner's on the search questions, by which it was chosen.
        result: with its reason.
    """

    finished: str
    archived: bool
    judge: str
    layer: int | Absent
    coefficient: Number
    baseline: Number
    trait: Number
    coherence: Number
    delta: Measured
    searched_delta: Number
    result: str


@dataclass(frozen=True)
class Changed:
    """What lies between two searches that follow each other.

    Attributes:
        parts: artefact -> parts of its fingerprint that are not as they were; absent where one is gone.
        written: key of the experiment file or of the trait's files -> what it said then and says now, where
            that differs.
        questions: report questions of the old, of the new, and in common.
        cosines: layer -> cosine of the old with the new direction there, at the layers of both winners.
        baseline, winner, delta: new less old, paired on the common report questions.
    """

    parts: dict[str, tuple[str, ...] | Absent]
    written: dict[str, tuple[Any, Any]]
    questions: tuple[int, int, int]
    cosines: dict[int, float] | Absent
    baseline: Measured
    winner: Measured
    delta: Measured


@dataclass(frozen=True)
class HistoryView:
    """A trait's searches, oldest first, and what lies between each and the next."""

    trait: str
    searches: tuple[FoundOnce, ...]
    changes: tuple[Changed, ...]

    def as_json(self) -> dict[str, Any]:
        """For programs: a figure that does not exist is null beside its reason."""
        found: dict[str, Any] = plain(self)
        return found
