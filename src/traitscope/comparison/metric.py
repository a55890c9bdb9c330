"""Ways to measure a shift of the stream against a direction: four inner products.

    projection   delta . v / mean|h|                              the reference's measure, v unit
    cosine       cos(delta, v)
    spread       cos in the metric diag(1 / sigma^2):  cos(delta / sigma, v / sigma)
    whitened     cos in the metric C^-1,  C = 0.9 (B' B + diag(rest)) + 0.1 diag(sigma^2)

sigma and C are those of the before variant's own response tokens. Dividing by the spread keeps the few
dimensions that carry most of the norm from deciding alone; whitening takes out their correlations as well.
C is shrunk toward its own diagonal, as Schaefer and Strimmer 2005 (target D) do, with a fixed weight: tokens
of one answer are no independent samples, so that a weight estimated from them would be too small. Its inverse
is applied by Woodbury's formula, and never written out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Statistic = Literal["projection", "cosine", "spread", "whitened"]
STATISTICS: tuple[Statistic, ...] = ("projection", "cosine", "spread", "whitened")
SHRINKAGE = 0.1
FLAT = 1e-6
"""A dimension whose spread is below this share of the median spread is constant but for rounding: it is left
out."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Metric:
    """An inner product of a layer's stream: `a . M b` with `M x = d x - d L' (L (d x))`, d along dimensions.

    Attributes:
        inverse: d, (width,).
        leading: L, (rank, width), already divided by the root of its core; empty where M is diagonal.
    """

    inverse: Array
    leading: Array

    def times(self, vectors: NDArray[np.floating]) -> Array:
        """M times each vector, (..., width)."""
        scaled = np.asarray(vectors, np.float64) * self.inverse
        if not len(self.leading):
            return np.asarray(scaled)
        return np.asarray(scaled - ((scaled @ self.leading.T) @ self.leading) * self.inverse)


def metrics(sigma: Array, leading: Array, rest: Array) -> Mapping[Statistic, Metric]:
    """The inner product of each statistic at one layer.

    Args:
        sigma: (width,) spread of each dimension.
        leading, rest: (rank, width) and (width,): the covariance is `leading' leading + diag(rest)`.

    Raises:
        ValueError: something is not finite.
    """
    if not all(np.isfinite(one).all() for one in (sigma, leading, rest)):
        raise ValueError("a spread is not finite")
    nothing = np.zeros((0, len(sigma)))
    ones = Metric(np.ones(len(sigma)), nothing)
    floor = FLAT * float(np.median(sigma[sigma > 0])) if (sigma > 0).any() else 0.0
    alive = sigma > floor
    spread = Metric(np.where(alive, 1.0 / np.where(alive, sigma, 1.0) ** 2, 0.0), nothing)
    return {
        "projection": ones,
        "cosine": ones,
        "spread": spread,
        "whitened": _whitening(np.where(alive, sigma, 0.0), leading * alive, rest),
    }


def _whitening(sigma: Array, leading: Array, rest: Array) -> Metric:
    diagonal = (1 - SHRINKAGE) * rest + SHRINKAGE * sigma**2
    alive = sigma > 0
    inverse = np.where(alive, 1.0 / np.where(alive, diagonal, 1.0), 0.0)
    scaled = np.sqrt(1 - SHRINKAGE) * leading
    core = np.eye(len(scaled)) + (scaled * inverse) @ scaled.T
    # core = R R': the correction of Woodbury's formula is L' L with L = R^-1 scaled.
    root = np.linalg.cholesky(core)
    return Metric(inverse, np.linalg.solve(root, scaled))


def scores(
    statistic: Statistic, metric: Metric, delta: Array, directions: NDArray[np.floating], length: float
) -> Array:
    """How far a shift goes along each direction, (n,), or each of several shifts, (m, n); 0 where either is
    nothing.

    Args:
        statistic: `projection` divides by the mean length of a token, the others by both vectors' lengths.
        delta: (width,) or (m, width).
        directions: (n, width).
        length: mean length of a token of the before variant at this layer.
    """
    moved = metric.times(delta)
    along = moved @ np.asarray(directions, np.float64).T
    own = np.asarray((moved * delta).sum(-1))
    lengths = np.einsum("nw,nw->n", metric.times(directions), directions)
    return normalised(statistic, along, own, lengths, length)


def normalised(statistic: Statistic, along: Array, own: Array, lengths: Array, length: float) -> Array:
    """Scores from inner products: of shifts and directions (..., n), of each shift with itself (...), of each
    direction with itself (n,)."""
    if not (np.isfinite(along).all() and np.isfinite(own).all() and np.isfinite(lengths).all()):
        raise ValueError("a shift or a direction is not finite")
    other = length if statistic == "projection" else np.sqrt(np.clip(own, 0, None))[..., None]
    size = np.sqrt(np.clip(lengths, 0, None)) * other
    return np.asarray(np.divide(along, size, out=np.zeros_like(along), where=size > 0))
