"""Directions that mean nothing, to compare a trait's direction with.

Two kinds. *Isotropic*: every way is as likely as any other. *Covariance*: a random mixture of the data's own
centred residuals, sum over rows of w_i x_i with w standard normal, which has the data's covariance; with the
same weights at each layer it is one coherent direction through the model, as a trait's is.
"""

import numpy as np
from numpy.typing import NDArray


def isotropic_directions(k: int, width: int, seed: int) -> NDArray[np.float32]:
    """Unit directions drawn uniformly from the sphere, (k, width) float32."""
    drawn = np.random.default_rng(seed).standard_normal((k, width))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return drawn.astype(np.float32)


def covariance_directions(k: int, centred: NDArray[np.floating], seed: int) -> NDArray[np.float32]:
    """Unit directions with the covariance of the rows, (k, width) float32: sum of w_i x_i, w standard normal.

    Before they are made unit these are exact draws from N(0, X'X), with more dimensions than rows as well.
    Each follows from the seed and its number alone, so that more of them leave the first ones as they were.

    Args:
        centred: (rows, width) residuals less their mean.

    Raises:
        ValueError: the rows are all 0, or not finite.
    """
    rows = np.asarray(centred, dtype=np.float64)
    if not np.isfinite(rows).all() or not rows.any():
        raise ValueError("a covariance to draw from needs finite rows that differ")
    weights = [np.random.default_rng([seed, number]).standard_normal(len(rows)) for number in range(k)]
    drawn = np.array(weights).reshape(k, len(rows)) @ rows
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return drawn.astype(np.float32)
