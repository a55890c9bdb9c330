"""Whether a winner moves its own trait most: its answers judged for every trait that a judge can score.

    cell = mean (winner - unsteered) / sd(unsteered),   scores by the judged trait's judge, same questions

In units of the spread that unsteered answers have anyway, since judges use their scales differently. The own
cell counts in the direction of the push, the others by their size: a push that takes formality away is no
more specific than one that adds it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import stdev

from traitscope.judging import Score, mean_score
from traitscope.judging.averages import FEW_SCORED
from traitscope.statistics import Interval
from traitscope.steering.arms import paired

NO_SPREAD = "the unsteered answers all have the same score, so that there is no unit"


@dataclass(frozen=True)
class Cell:
    """What a steered trait's winner does to the score of a judged one.

    Attributes:
        judged: the trait whose judge scored.
        baseline: mean score of the unsteered answers.
        spread: their standard deviation over questions, points.
        difference: paired difference of the winner's answers to them, points; None with its reason.
        in_spreads: the same in spreads; None with its reason.
        reason: why a figure is missing; empty where none is.
    """

    judged: str
    baseline: Score
    spread: float | None
    difference: Interval | None
    in_spreads: Interval | None
    reason: str


@dataclass(frozen=True)
class Specificity:
    """The cells of a steered trait, and what they say: None where it cannot be told, with the reason."""

    cells: tuple[Cell, ...]
    specific: bool | None
    reason: str


def cell(judged: str, winner: Sequence[Score], unsteered: Sequence[Score], seed: int) -> Cell:
    """One cell, from the scores of both arms' answers in the order of the questions."""
    scored = [score for score in unsteered if score is not None]
    baseline, spread = mean_score(unsteered), stdev(scored) if len(scored) > 1 else None
    difference = paired(winner, unsteered, 1, seed)
    if difference is None or spread is None:
        return Cell(judged, baseline, spread, None, None, FEW_SCORED)
    if spread == 0:
        return Cell(judged, baseline, spread, difference, None, NO_SPREAD)
    in_spreads = difference._replace(
        mean=difference.mean / spread, low=difference.low / spread, high=difference.high / spread
    )
    return Cell(judged, baseline, spread, difference, in_spreads, "")


def unjudged(judged: str, reason: str) -> Cell:
    """A cell without a judge's word."""
    return Cell(judged, None, None, None, None, reason)


def specificity(own: str, cells: Sequence[Cell], sign: int) -> Specificity:
    """Whether the own cell is the largest.

    Args:
        own: the steered trait.
        cells: of every judged trait, its own among them.
        sign: 1 where the trait was induced, -1 where it was suppressed.
    """
    found = {one.judged: one.in_spreads.mean for one in cells if one.in_spreads is not None}
    if own not in found:
        reason = next((one.reason for one in cells if one.judged == own), "its own judge scored nothing")
        return Specificity(tuple(cells), None, f"its own cell is missing: {reason}")
    others = {name: abs(value) for name, value in found.items() if name != own}
    if not others:
        return Specificity(
            tuple(cells), None, "no other listed trait has a judge that could score the answers"
        )
    gain, largest = sign * found[own], max(others, key=lambda name: others[name])
    if gain > others[largest]:
        return Specificity(tuple(cells), True, "")
    moved = f"moves {largest} by {found[largest]:+.1f} baseline spreads, itself by {found[own]:+.1f}"
    return Specificity(tuple(cells), False, moved)
