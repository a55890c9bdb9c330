"""Null directions of all traits at all layers, as mixtures of a basis.

    direction = W B     W (K, m) a trait's weights, the same at every layer; B (m, width) a layer's basis

    foreign      W contrasts of the bank's scenes; B their residuals, each less the mean of all
    covariance   W standard normal; B the before variant's leading directions and, dimension by dimension, the
                 root of what these leave of its variance
    isotropic    W unit directions; B the dimensions

The directions are never kept: of a large model they are hundreds of gigabytes. Their lengths are, since every
comparison with the same before variant needs the same ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from traitscope.comparison.inside import Layer
from traitscope.comparison.metric import Metric, Statistic, normalised
from traitscope.comparison.null import NullName, covariance_draws, isotropic_draws

Array = NDArray[np.float64]


class Basis(NamedTuple):
    """What directions are mixed of, at one layer.

    Attributes:
        rows: (m, width).
        spread: (width,) the size of a further m that lie along one dimension each; None where there are none.
    """

    rows: Array
    spread: Array | None


class Foreign(NamedTuple):
    """The bank of neutral scenes.

    Attributes:
        bank: (scenes, width) residuals at each layer.
        weights: of each trait those of its null contrasts, (K, scenes).
    """

    bank: Sequence[NDArray[np.floating]]
    weights: Sequence[NDArray[np.float32]]


@dataclass(frozen=True)
class NullDirections:
    """K directions a trait, at every layer.

    Attributes:
        statistic: whose inner product measures them.
        layers: what scores rest on.
        traits: how many.
        weights: number of a trait -> its W, made anew at each call.
        bases: of each layer.
        lengths: (layers, traits, K) inner product of each direction with itself.
    """

    statistic: Statistic
    layers: Sequence[Layer]
    traits: int
    weights: Callable[[int], NDArray[np.floating]]
    bases: Sequence[Basis]
    lengths: Array


def foreign_null(statistic: Statistic, layers: Sequence[Layer], foreign: Foreign) -> NullDirections:
    """Contrasts of foreign scenes."""
    # Weights sum to 0 only to within float32, and scenes share a mean far longer than their differences.
    residuals = [np.asarray(one, np.float64) for one in foreign.bank]
    bases = [Basis(one - one.mean(0), None) for one in residuals]
    return _measured(statistic, layers, len(foreign.weights), foreign.weights.__getitem__, bases)


def drawn_null(
    null: NullName, statistic: Statistic, layers: Sequence[Layer], k: int, seeds: Sequence[int]
) -> NullDirections:
    """Isotropic or covariance directions, k of each trait, drawn with its own seed."""
    rank, width = layers[0].leading.shape

    def isotropic(trait: int) -> NDArray[np.floating]:
        return isotropic_draws(k, width, seeds[trait])

    def covariance(trait: int) -> NDArray[np.floating]:
        return np.concatenate(covariance_draws(k, rank, width, seeds[trait]), 1)

    if null == "isotropic":
        bases = [Basis(np.zeros((0, width)), np.ones(width)) for _ in layers]
        return _measured(statistic, layers, len(seeds), isotropic, bases)
    bases = [Basis(layer.leading, np.sqrt(layer.rest)) for layer in layers]
    return _measured(statistic, layers, len(seeds), covariance, bases)


def null_scores(null: NullDirections, shifts: Array) -> Array:
    """Scores of each trait's null directions, mean over layers, (shifts, traits, K).

    Args:
        shifts: (shifts, layers, width).
    """
    total = np.zeros((len(shifts), *null.lengths.shape[1:]))
    moved = [
        layer.metrics[null.statistic].times(shifts[:, number]) for number, layer in enumerate(null.layers)
    ]
    for trait in range(null.traits):
        weights = null.weights(trait)
        for number, layer in enumerate(null.layers):
            basis, own = null.bases[number], np.asarray((moved[number] * shifts[:, number]).sum(-1))
            parts = [basis.rows @ moved[number].T]
            if basis.spread is not None:
                parts.append(basis.spread[:, None] * moved[number].T)
            along: Array = np.asarray(weights @ np.concatenate(parts), np.float64).T
            total[:, trait] += normalised(
                null.statistic, along, own, null.lengths[number, trait], layer.length
            )
    return np.asarray(total / len(null.layers))


def _measured(
    statistic: Statistic,
    layers: Sequence[Layer],
    traits: int,
    weights: Callable[[int], NDArray[np.floating]],
    bases: Sequence[Basis],
) -> NullDirections:
    lengths = []
    grams = [
        _gram(basis, layer.metrics[statistic]) if basis.spread is None else None
        for basis, layer in zip(bases, layers, strict=True)
    ]
    for trait in range(traits):
        mixed = weights(trait)
        lengths.append(
            [
                _lengths(mixed, basis, layer.metrics[statistic], gram)
                for basis, layer, gram in zip(bases, layers, grams, strict=True)
            ]
        )
    return NullDirections(statistic, layers, traits, weights, bases, np.array(lengths).swapaxes(0, 1))


def _gram(basis: Basis, metric: Metric) -> Array:
    """Inner products of the basis with itself: fewer numbers than its rows, where the model is large."""
    return np.asarray(metric.times(basis.rows) @ basis.rows.T)


def _lengths(weights: NDArray[np.floating], basis: Basis, metric: Metric, gram: Array | None) -> Array:
    if gram is not None:
        return np.asarray(np.einsum("km,km->k", weights @ gram, weights))
    assert basis.spread is not None
    count = len(basis.rows)
    directions = weights[:, :count] @ basis.rows + weights[:, count:] * basis.spread
    return np.asarray(np.einsum("kw,kw->k", metric.times(directions), directions))
