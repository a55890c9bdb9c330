"""Does the shift along a trait cause the change in behaviour?

    undone      (after - after without the direction) / (after - before)
    reproduced  (before with the shift - before)      / (after - before)

of mean judge scores on the same questions: shares of the change that goes when the trait's direction is
taken out of the after variant (subtracted by the measured shift, or ablated at every layer), and that comes
when the measured shift is added to the before variant. A share says something only beside that of foreign
directions of equal length. Intervals: questions are drawn again, numerator and denominator together
(percentile bootstrap of a ratio; Efron and Tibshirani 1993, chapter 10); where the change itself may be 0
there is no share.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 2000


class Share(NamedTuple):
    """A share of the change in behaviour, with its 95 % interval; None with the reason why there is none."""

    mean: float | None
    low: float | None
    high: float | None
    reason: str | None


def share(part: ArrayLike, change: ArrayLike, seed: int = 0) -> Share:
    """Mean of `part` over the mean of `change`, both (questions,), in the same order.

    Args:
        part: of each question, how much of its score went or came.
        change: of each question, the score's change from before to after.
    """
    parts, changes = np.asarray(part, np.float64), np.asarray(change, np.float64)
    if parts.shape != changes.shape or len(parts) < 2:
        return Share(None, None, None, f"{len(parts)} scored questions give no share")
    rows = np.random.default_rng(seed).integers(0, len(parts), (RESAMPLES, len(parts)))
    below, above = changes[rows].mean(1), parts[rows].mean(1)
    low, high = np.quantile(below, [0.025, 0.975])
    if low <= 0 <= high:
        return Share(None, None, None, "the change in behaviour may be 0, so that no share of it can be told")
    # The few resamples in which the change vanishes or turns over have no share.
    kept = below > 0 if low > 0 else below < 0
    ends = np.quantile(above[kept] / below[kept], [0.025, 0.975])
    return Share(float(parts.mean() / changes.mean()), float(ends[0]), float(ends[1]), None)


def scored_on_all(columns: Sequence[Sequence[float | None]]) -> list[NDArray[np.float64]]:
    """Scores of several arms at the questions that all of them have a score at."""
    rows = [row for row in zip(*columns, strict=True) if all(value is not None for value in row)]
    return list(np.array(rows, np.float64).reshape(-1, len(columns)).T)
