"""What the report shows of a winner's price."""

from dataclasses import dataclass

from traitscope.report.values import Estimate, Measured, Number


@dataclass(frozen=True)
class AccuracyView:
    """Multiple-choice items answered right: shares of 0 to 1, and the change in points over items."""

    unsteered: float
    steered: float
    change: Estimate


@dataclass(frozen=True)
class ElsewhereView:
    """Answers to instructions, unsteered and by the winner: mean scores, and the share (0 to 1) changed."""

    prompts: int
    unsteered: Number
    trait: Number
    delta: Measured
    unsteered_coherence: Number
    coherence: Number
    changed: float


@dataclass(frozen=True)
class DamageView:
    """What the winner costs. `divergence` is in nats, the mean over so many neutral `prompts`."""

    divergence: Number
    prompts: int
    accuracy: AccuracyView
    elsewhere: ElsewhereView
