"""The second line of evidence: does the stream move along the trait, more than along directions that mean
nothing?

    score = mean over 0.70 n <= L < 0.93 n of the statistic at L     (metric.STATISTICS)

of the model effect (cells.cell_effects) and the trait's mean-difference direction. Every statistic at every
window is made; the deciding one is that of DECIDING.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from traitscope.comparison.cells import Window
from traitscope.comparison.metric import STATISTICS, Metric, Statistic, scores

Array = NDArray[np.float64]


class Deciding(NamedTuple):
    """What the inside line of a verdict is made of."""

    statistic: Statistic
    window: Window


DECIDING = Deciding("spread", "late")


@dataclass(frozen=True)
class Layer:
    """What scores at one layer rest on.

    Attributes:
        metrics: by statistic.
        length: mean length of a token of the before variant.
        directions: (traits, width).
        leading, rest: (rank, width), (width,): the before variant's covariance is
            `leading' leading + diag(rest)`.
    """

    metrics: Mapping[Statistic, Metric]
    length: float
    directions: NDArray[np.floating]
    leading: Array
    rest: Array


def deciding_layers(n_layers: int) -> tuple[int, ...]:
    """Layers L with 0.70 n <= L < 0.93 n; of a model too shallow for any, the one nearest its middle."""
    chosen = tuple(layer for layer in range(n_layers) if 70 * n_layers <= 100 * layer < 93 * n_layers)
    return chosen or (min(n_layers - 1, round(0.815 * n_layers)),)


def middle_layer(n_layers: int) -> int:
    """The layer in the middle of those that decide: where a trait is read that no steering has placed."""
    deciding = deciding_layers(n_layers)
    return deciding[len(deciding) // 2]


def null_count(traits: int) -> int:
    """Draws of null directions for so many traits: max(2000, 400 x traits)."""
    return max(2000, 400 * traits)


def layer_scores(statistic: Statistic, delta: Array, layers: Sequence[Layer]) -> Array:
    """Scores of the traits at each layer, (layers, traits), of a shift (layers, width)."""
    return np.stack(
        [
            scores(statistic, layer.metrics[statistic], delta[number], layer.directions, layer.length)
            for number, layer in enumerate(layers)
        ]
    )


def every_score(delta: Array, layers: Sequence[Layer]) -> dict[Statistic, Array]:
    """Statistic -> (layers, traits)."""
    return {statistic: layer_scores(statistic, delta, layers) for statistic in STATISTICS}
