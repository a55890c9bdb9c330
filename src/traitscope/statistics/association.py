"""How two rows of numbers go together: rank correlation, correlation given a third, slope.

None stands where a row has no spread: nothing can go together with a constant.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from traitscope.statistics.ranking import mid_ranks


def spearman(first: ArrayLike, second: ArrayLike) -> float | None:
    """Spearman's rank correlation: Pearson's of the mid-ranks, so that ties count fairly.

    Raises:
        ValueError: rows of unequal length, fewer than two values, or one that is not finite.
    """
    return _pearson(*(mid_ranks(row) for row in _checked(first, second)))


def partial_rank_correlation(first: ArrayLike, second: ArrayLike, given: ArrayLike) -> float | None:
    """Correlation of two rows' mid-ranks once the ranks of a third are taken out of both by least squares.

        (r_ab - r_ac r_bc) / sqrt((1 - r_ac^2) (1 - r_bc^2))

    None too where the third row says all there is of one of them.

    Raises:
        ValueError: as `spearman`.
    """
    a, b, c = (mid_ranks(row) for row in _checked(first, second, given))
    ab, ac, bc = _pearson(a, b), _pearson(a, c), _pearson(b, c)
    if ab is None:
        return None
    ac, bc = ac or 0.0, bc or 0.0
    left = (1 - ac**2) * (1 - bc**2)
    return float(np.clip((ab - ac * bc) / np.sqrt(left), -1, 1)) if left > 1e-12 else None


def slope(x: ArrayLike, y: ArrayLike) -> float | None:
    """Slope of the least-squares line of y on x.

    Raises:
        ValueError: as `spearman`.
    """
    a, b = _checked(x, y)
    if np.ptp(a) == 0:  # a mean that was rounded would leave a spread
        return None
    centred = a - a.mean()
    return float(centred @ (b - b.mean()) / (centred @ centred))


def _pearson(a: NDArray[np.float64], b: NDArray[np.float64]) -> float | None:
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    left, right = a - a.mean(), b - b.mean()
    spread = float(np.sqrt((left @ left) * (right @ right)))
    return float(np.clip(left @ right / spread, -1, 1)) if spread > 0 else None


def _checked(*rows: ArrayLike) -> list[NDArray[np.float64]]:
    values = [np.asarray(row, dtype=np.float64) for row in rows]
    if any(row.ndim != 1 or len(row) != len(values[0]) for row in values) or len(values[0]) < 2:
        raise ValueError(f"rows of one length, at least 2, are needed, got {[row.shape for row in values]}")
    if not all(np.isfinite(row).all() for row in values):
        raise ValueError("a correlation needs finite values")
    return values
