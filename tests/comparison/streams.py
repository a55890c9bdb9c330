"""Small made-up streams: a layer's covariance with its metrics, shifts and directions."""

import numpy as np
from numpy.typing import NDArray

from traitscope.comparison import Layer, metrics

WIDTH = 12
RANK = 4


def layer(seed: int, traits: int = 3, width: int = WIDTH, rank: int = RANK) -> Layer:
    """A layer whose dimensions differ in size, with a covariance of a few leading directions."""
    drawn = np.random.default_rng(seed)
    size = np.exp(drawn.normal(0, 1, width))
    leading = drawn.normal(size=(rank, width)) * size
    rest = drawn.uniform(0.1, 1, width) * size**2
    sigma = np.sqrt(np.square(leading).sum(0) + rest)
    directions = drawn.normal(size=(traits, width)) * size
    return Layer(metrics(sigma, leading, rest), 7.0, directions, leading, rest)


def sigma_of(one: Layer) -> NDArray[np.float64]:
    """The spread of each dimension."""
    return np.asarray(np.sqrt(np.square(one.leading).sum(0) + one.rest))


def shifts(seed: int, count: int, layers: int = 2, width: int = WIDTH) -> NDArray[np.float64]:
    """(count, layers, width)."""
    return np.random.default_rng(seed).normal(size=(count, layers, width))


def cosine(a: NDArray[np.float64], b: NDArray[np.float64], matrix: NDArray[np.float64]) -> float:
    """In the inner product of an explicit matrix."""
    return float(a @ matrix @ b / np.sqrt((a @ matrix @ a) * (b @ matrix @ b)))
