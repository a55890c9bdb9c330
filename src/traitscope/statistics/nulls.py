"""Directions that mean nothing, to compare a trait's direction with.

Two kinds. *Isotropic*: every way is as likely as any other. *Covariance*: a random mixture of the data's own
centred residuals, sum over tokens of w_t x_t with w standard normal, which has the data's covariance at every
layer; with the same weights at each layer it is one coherent direction through the model, as a trait's is.
The rows may be scenes as well as tokens.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_BLOCK = 256


def tail_share(score: float, null: NDArray[np.floating]) -> float:
    """Share of null scores at least as far from 0 as the score, the score itself counted: never 0.

        (1 + #{|null| >= |score|}) / (K + 1)

    Raises:
        ValueError: a score or null score that is not finite, or no null scores.
    """
    if not len(null) or not np.isfinite(null).all() or not np.isfinite(score):
        raise ValueError("a tail share needs a finite score and finite null scores")
    return float(1 + np.count_nonzero(np.abs(null) >= abs(score))) / (len(null) + 1)


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


def token_weights(k: int, tokens: int, seed: int) -> NDArray[np.float32]:
    """Standard normal weights of k covariance directions over the tokens, (k, tokens) float32."""
    parts = [part for _, part in weight_blocks(k, tokens, seed)]
    return np.concatenate([np.empty((k, 0), np.float32), *parts], axis=1)


def weight_blocks(k: int, tokens: int, seed: int) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """The columns of `token_weights` block by block, so that memory is flat in the number of tokens.

    A token's weights depend on the seed, k and its place alone, so that every layer meets the same ones.
    """
    draws = np.random.default_rng(seed)
    for start in range(0, tokens, _BLOCK):
        stop = min(start + _BLOCK, tokens)
        yield slice(start, stop), draws.standard_normal((stop - start, k), dtype=np.float32).T
