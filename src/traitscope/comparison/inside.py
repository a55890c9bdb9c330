"""The second line of evidence: does the stream move along the trait, more than along directions that mean
nothing?

    score = mean over 0.70 n <= L < 0.93 n of cos(delta_L / sigma_L, v_L / sigma_L)

delta_L is the mean shift on the same words, sigma_L the spread of each dimension over the before variant's
own response tokens, v_L the trait's mean-difference direction. Dividing by the spread keeps the few
dimensions that carry most of the norm from deciding alone; it does not whiten, which takes more tokens than
most captures have.

The null is made of directions treated alike: random mixtures of the before variant's centred response-token
residuals, each mixture drawn once and used at every layer, so that a null direction has the data's
covariance and is as coherent through the model as a trait's. The tail share is a share among such
directions, not a probability about the adapter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from traitscope.statistics import tail_share, weight_blocks

FLAT = 1e-6
"""A dimension whose spread is below this share of the median spread is constant but for rounding: it is left
out."""

Array = NDArray[np.floating]


class LayerShift(NamedTuple):
    """One layer's shift, the spread it is measured in, and the traits' directions there."""

    delta: Array
    """(width,)"""
    sigma: Array
    """(width,)"""
    directions: Array
    """(traits, width)"""


@dataclass(frozen=True)
class Inside:
    """Scores of the traits and of the null directions."""

    scores: NDArray[np.float64]
    """(traits,): mean cosine over the deciding layers, -1..1; its sign is that of the change."""
    tail_shares: NDArray[np.float64]
    """(traits,): share of null directions with a score as far from 0."""
    by_layer: NDArray[np.float64]
    """(layers, traits): the cosines that the scores average."""
    null: NDArray[np.float64]
    """(K,): scores of the null directions."""

    @property
    def band(self) -> tuple[float, float]:
        """The middle 95 % of the null scores."""
        low, high = np.quantile(self.null, [0.025, 0.975])
        return float(low), float(high)


def deciding_layers(n_layers: int) -> tuple[int, ...]:
    """Layers L with 0.70 n <= L < 0.93 n; of a model too shallow for any, the one nearest its middle."""
    chosen = tuple(layer for layer in range(n_layers) if 70 * n_layers <= 100 * layer < 93 * n_layers)
    return chosen or (min(n_layers - 1, round(0.815 * n_layers)),)


def null_count(traits: int) -> int:
    """Null directions for so many traits, so that Holm's hardest step can be met: max(2000, 400 x traits)."""
    return max(2000, 400 * traits)


def inside(layers: Iterable[tuple[LayerShift, Array]], seed: int = 0) -> Inside:
    """Scores and tail shares from the deciding layers, one layer in memory at a time.

    Args:
        layers: per deciding layer its shift, and the centred residuals of the before variant's own response
            tokens, (tokens, width): the same tokens in the same order at every layer.
        seed: draws the null directions.

    Raises:
        ValueError: no layer, unlike tokens or traits between layers, or a value that is not finite.
    """
    cosines: list[NDArray[np.float64]] = []
    null_cosines: list[NDArray[np.float64]] = []
    sizes: set[tuple[int, int]] = set()
    for shift, centred in layers:
        sizes.add((len(centred), len(shift.directions)))
        if len(sizes) > 1:
            raise ValueError(f"(tokens, traits) differ between layers: {sorted(sizes)}")
        cosines.append(_trait_cosines(shift))
        null_cosines.append(_null_cosines(shift, centred, null_count(len(shift.directions)), seed))
    if not cosines:
        raise ValueError("an inside score needs at least one layer")
    by_layer, null = np.stack(cosines), np.stack(null_cosines).mean(0)
    scores = by_layer.mean(0)
    return Inside(scores, np.array([tail_share(float(score), null) for score in scores]), by_layer, null)


def pooled_scores(layers: Iterable[LayerShift]) -> NDArray[np.float64]:
    """The scores alone, (traits,): for tokens that do not decide, such as the last prompt token."""
    return np.asarray(np.mean([_trait_cosines(shift) for shift in layers], axis=0))


def controls_above(score: float, controls: Sequence[float]) -> int:
    """How many control adapters score as far from 0 on this trait."""
    return sum(abs(control) >= abs(score) for control in controls)


def _trait_cosines(shift: LayerShift) -> NDArray[np.float64]:
    """cos(delta / sigma, v / sigma) for each trait, (traits,)."""
    inverse = _inverse_spread(shift.sigma)
    return _cosines(_unit(shift.delta * inverse), np.asarray(shift.directions, np.float64) * inverse)


def _null_cosines(shift: LayerShift, centred: Array, k: int, seed: int) -> NDArray[np.float64]:
    """The same for the null directions, (k,); tokens are met in blocks, so that only (k, width) is held."""
    if not len(centred):
        raise ValueError("null directions are mixtures of tokens, and there are none")
    inverse = _inverse_spread(shift.sigma)
    scale = inverse.astype(np.float32)
    directions = np.zeros((k, len(scale)), np.float32)
    for rows, weights in weight_blocks(k, len(centred), seed):
        directions += weights @ (np.asarray(centred[rows], np.float32) * scale)
    return _cosines(_unit(shift.delta * inverse).astype(np.float32), directions)


def _cosines(unit: Array, directions: Array) -> NDArray[np.float64]:
    """Cosines of a unit vector (or nothing) with each direction, (directions,); 0 where either is nothing."""
    lengths = np.linalg.norm(directions, axis=1)
    if not np.isfinite(lengths).all():
        raise ValueError("a direction is not finite")
    products = np.asarray(directions @ unit, np.float64)
    return np.asarray(np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0))


def _inverse_spread(sigma: Array) -> NDArray[np.float64]:
    """1 / sigma, 0 for dimensions without spread: a shift there has no unit to be measured in."""
    spreads = np.asarray(sigma, np.float64)
    if not np.isfinite(spreads).all():
        raise ValueError("a spread is not finite")
    floor = FLAT * float(np.median(spreads[spreads > 0])) if (spreads > 0).any() else 0.0
    return np.asarray(np.divide(1.0, spreads, out=np.zeros_like(spreads), where=spreads > floor))


def _unit(vector: Array) -> NDArray[np.float64]:
    length = float(np.linalg.norm(vector))
    if not np.isfinite(length):
        raise ValueError("a shift is not finite")
    return np.asarray(vector / length if length > 0 else vector, np.float64)
