"""How a judge's scores agree with labels, and how far they move when they should not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from traitscope.judging.averages import Score
from traitscope.statistics import auc, slope, spearman

MIDDLE = 50
"""Labels from here on count as showing the trait."""
EXTREMES = (30, 70)
"""Labels up to the one and from the other on are clear cases: a definition's lowest and highest third."""
BINS = ((0, 20), (20, 40), (40, 60), (60, 80), (80, 100))
"""Labels drawn together for the calibration plot; a label on a border belongs to the upper bin."""


class Bin(NamedTuple):
    """Answers whose labels lie together."""

    low: float
    high: float
    answers: int
    label: float
    """Mean label."""
    score: float
    """Mean score."""


@dataclass(frozen=True)
class Agreement:
    """Figures over the answers that have a score; None where there is nothing to compare."""

    answers: int
    unscored: int
    auc: float | None
    """Labels of 50 and more against those below."""
    auc_extremes: float | None
    """Labels of 70 and more against those of 30 and less."""
    spearman: float | None
    """None where all scores, or all labels, are equal."""
    slope: float | None
    """Points of score for a point of label: below 1 the judge is squeezed towards its middle."""
    mean_error: float | None
    """Mean of |score - label|."""
    bins: tuple[Bin, ...]


@dataclass(frozen=True)
class Change:
    """How scores moved, answer by answer."""

    answers: int
    """Scored both times."""
    mean: float | None
    """With its sign; None where nothing was scored both times."""
    mean_size: float | None
    largest: float | None
    """The largest size."""


def agreement(scores: Sequence[Score], labels: Sequence[float]) -> Agreement:
    """Compare scores with labels, both 0 to 100."""
    pairs = [(score, label) for score, label in zip(scores, labels, strict=True) if score is not None]
    found, known = [score for score, _ in pairs], [label for _, label in pairs]
    enough = len(pairs) > 1
    return Agreement(
        answers=len(scores),
        unscored=len(scores) - len(pairs),
        auc=_auc(pairs, MIDDLE, MIDDLE),
        auc_extremes=_auc(pairs, EXTREMES[0] + 1e-9, EXTREMES[1]),
        spearman=spearman(found, known) if enough else None,
        slope=slope(known, found) if enough else None,
        mean_error=sum(abs(a - b) for a, b in pairs) / len(pairs) if pairs else None,
        bins=tuple(_bins(pairs)),
    )


def change(before: Sequence[Score], after: Sequence[Score]) -> Change:
    """How the scores moved from `before` to `after`."""
    moves = [b - a for a, b in zip(before, after, strict=True) if a is not None and b is not None]
    if not moves:
        return Change(0, None, None, None)
    sizes = [abs(move) for move in moves]
    return Change(len(moves), sum(moves) / len(moves), sum(sizes) / len(sizes), max(sizes))


def _auc(pairs: Sequence[tuple[float, float]], below: float, from_: float) -> float | None:
    high = [score for score, label in pairs if label >= from_]
    low = [score for score, label in pairs if label < below]
    return auc(high, low) if high and low else None


def _bins(pairs: Sequence[tuple[float, float]]) -> Iterator[Bin]:
    for low, high in BINS:
        held = [pair for pair in pairs if low <= pair[1] < high or pair[1] == high == BINS[-1][1]]
        if held:
            mean_score, mean_label = (sum(column) / len(held) for column in zip(*held, strict=True))
            yield Bin(low, high, len(held), mean_label, mean_score)
