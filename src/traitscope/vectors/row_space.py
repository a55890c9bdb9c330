"""Standardised scenes in the coordinates of their own span.

An L2-penalised linear model of n scenes has its weights in the span of those scenes (representer theorem:
Kimeldorf and Wahba 1971), so that a fit over `width` features is the same fit over at most n - 1 coordinates:

    Z = (X - mean) / spread = U S B,   coordinates Z B' = U S (n, rank),   weights w_Z = B' w_coordinates

Standardising comes before the projection: the penalty is on the standardised weights.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from traitscope.vectors.contrast import DegenerateContrast

Array = NDArray[np.float64]

_RANK_TOLERANCE = 1e-10


@dataclass(frozen=True)
class RowSpace:
    """Scenes of one training set, ready for any labels."""

    centred: Array
    """(scenes, width): X - mean, in raw units."""
    spread: Array
    """(width,): standard deviation of each dimension, 1 where a dimension is constant."""
    coordinates: Array
    """(scenes, rank): the standardised scenes in `basis`."""
    basis: Array
    """(rank, width): orthonormal rows that span the standardised scenes."""

    def raw_weights(self, weights: Array) -> Array:
        """Weights on the coordinates (rank,) carried back to the raw residual, (width,).

        w . Z = (w / spread) . (X - mean): weights found on standardised features are no direction yet.
        """
        raw: Array = weights @ self.basis / self.spread
        return raw


def unit(direction: Array) -> Tensor:
    """A direction of length 1, (width,) float64 in, float32 out.

    Raises:
        DegenerateContrast: it has no length.
    """
    length = np.linalg.norm(direction)
    if not length > 0:
        raise DegenerateContrast("nothing is found that tells the two poles apart")
    return torch.from_numpy(direction / length).float()


def row_space(scenes: Array) -> RowSpace:
    """Row space of the standardised scenes, (scenes, width) float64 in."""
    centred = scenes - scenes.mean(0)
    spread = centred.std(0)
    # Float32 residuals leave float64 means exact, so that a constant dimension has a spread of exactly 0.
    spread = np.where(spread > 0, spread, 1.0)
    standardised = centred / spread
    # The scenes' Gram matrix (scenes, scenes) is small where the width is large.
    values, vectors = np.linalg.eigh(standardised @ standardised.T)
    kept = values > _RANK_TOLERANCE * max(float(values[-1]), 0.0)
    lengths = np.sqrt(values[kept])
    coordinates = vectors[:, kept] * lengths
    basis = (vectors[:, kept] / lengths).T @ standardised
    return RowSpace(centred, spread, coordinates, basis)
