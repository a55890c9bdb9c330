"""How well one number tells two groups apart: area under the curve, accuracy, Cohen's d."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def auc(positive: ArrayLike, negative: ArrayLike) -> float:
    """Share of (positive, negative) pairs in which the positive is larger, ties counted half.

    The Mann-Whitney U over n m, which is the area under the ROC curve (Hanley and McNeil 1982):

        (sum of the positives' mid-ranks - n (n + 1) / 2) / (n m)

    Raises:
        ValueError: an empty side, or a value that is not finite.
    """
    high, low = _checked(positive), _checked(negative)
    n, m = len(high), len(low)
    ranks = mid_ranks(np.concatenate([high, low]))
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))


def mid_ranks(row: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank of each value, (values,), from 1; equal ones share the mean of theirs."""
    _, places, counts = np.unique(row, return_inverse=True, return_counts=True)
    ranks: NDArray[np.float64] = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return ranks


def accuracy_at_midpoint(positive: ArrayLike, negative: ArrayLike, midpoint: float) -> float:
    """Mean of the two sides' shares on the right side of the midpoint (a value on it counts half).

    The sides weigh alike whatever their sizes, so that 0.5 is chance. The midpoint comes from other data.

    Raises:
        ValueError: an empty side, or a value that is not finite.
    """
    high, low = _checked(positive) - midpoint, _checked(negative) - midpoint
    return float((np.sign(high).mean() - np.sign(low).mean()) / 4 + 0.5)


def cohens_d(positive: ArrayLike, negative: ArrayLike) -> float:
    """Difference of the means over the pooled standard deviation (Cohen 1988); 0 / 0 is 0.

        (mean p - mean n) / sqrt(((n - 1) var p + (m - 1) var n) / (n + m - 2))

    Raises:
        ValueError: a side with fewer than two values, a value that is not finite, or different groups without
            any spread (d would be infinite).
    """
    high, low = _checked(positive), _checked(negative)
    n, m = len(high), len(low)
    if min(n, m) < 2:
        raise ValueError("Cohen's d needs at least two values on each side")
    difference = float(high.mean() - low.mean())
    pooled = float(np.sqrt(((n - 1) * high.var(ddof=1) + (m - 1) * low.var(ddof=1)) / (n + m - 2)))
    if pooled > 0:
        return difference / pooled
    if difference == 0:
        return 0.0
    raise ValueError("Cohen's d of two groups without spread is infinite")


def _checked(values: ArrayLike) -> NDArray[np.float64]:
    row = np.asarray(values, dtype=np.float64).ravel()
    if not len(row):
        raise ValueError("a ranking measure needs values on both sides")
    if not np.isfinite(row).all():
        raise ValueError("a ranking measure needs finite values")
    return row
