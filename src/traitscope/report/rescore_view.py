"""A trait's stored answers under old and new scores, side by side."""

from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from traitscope.report.plain import plain
from traitscope.report.values import Absent, Measured, Number

Outcome = Literal["same", "elsewhere", "unproved"]

Side = TypeVar("Side")


@dataclass(frozen=True)
class Both(Generic[Side]):
    """Something as it was and as it is."""

    old: Side
    new: Side


@dataclass(frozen=True)
class Found:
    """A layer's best coherent evaluation, or the best of all layers, on the search questions."""

    layer: int
    coefficient: float
    trait: Number
    delta: Number
    coherence: Number


@dataclass(frozen=True)
class ArmScores:
    """An arm on the report questions; `delta` is its paired difference to the unsteered answers."""

    trait: Number
    coherence: Number
    delta: Measured


@dataclass(frozen=True)
class Rescored:
    """What another definition or judge makes of the answers that a search rests on.

    Attributes:
        changed: parts of the scores' fingerprint.
        judge: who scores the trait, as tables name it.
        answers: how many were gone over.
        coherence: where the coherence comes from, as a sentence.
        baseline: mean score of the unsteered answers to the search questions.
        layers: by layer, what was best there; absent with the reason.
        layer_order: rank correlation of the layers' deltas.
        answer_order: rank correlation of the answers' scores.
        winner: absent with the reason.
        result: what the search came to; the new one is absent where the search has not come to its end.
        arms: of the old winner, by name.
        outcome: how the search goes with the new scores.
    """

    changed: tuple[str, ...]
    judge: Both[str]
    answers: int
    coherence: str
    baseline: Both[Number]
    layers: dict[int, Both[Found | Absent]]
    layer_order: Number
    answer_order: Number
    winner: Both[Found | Absent]
    result: Both[str | Absent]
    arms: dict[str, Both[ArmScores]]
    outcome: Outcome


@dataclass(frozen=True)
class RescoreView:
    """One trait: what became of its answers, or why nothing was done."""

    trait: str
    found: Rescored | Absent

    def as_json(self) -> dict[str, Any]:
        """For programs: a figure that does not exist is null beside its reason."""
        if isinstance(self.found, Absent):
            return {"trait": self.trait, "rescored": None, "rescored_reason": self.found.reason}
        return {"trait": self.trait, "rescored": plain(self.found)}
