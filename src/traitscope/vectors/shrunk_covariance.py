"""The covariance of scenes about their own pole's mean, shrunk until it can be inverted.

    C = (1 - s) S + s m I,   S = X' X / n,   m = trace(S) / width

X are the scenes less the mean of their pole, s is chosen by Ledoit and Wolf 2004 ("A well-conditioned
estimator for large-dimensional covariance matrices"). Fewer scenes than dimensions span little of the space:
C is kept as its eigenvalues there, and one value for all the rest.
"""

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.covariance import ledoit_wolf_shrinkage

from traitscope.vectors.contrast import Contrast, DegenerateContrast
from traitscope.vectors.row_space import Array

_RANK_TOLERANCE = 1e-10


@dataclass(frozen=True)
class ShrunkCovariance:
    """A covariance (width, width) that is never written out."""

    basis: Array
    """(rank, width): orthonormal rows that span the scenes."""
    values: Array
    """(rank,): eigenvalues along them."""
    rest: float
    """The eigenvalue of everything else."""

    def power(self, exponent: float, vector: Array) -> Array:
        """`C ** exponent` times a vector, (width,) float64."""
        inside = self.basis @ vector
        outside = vector - inside @ self.basis
        rest = outside * self.rest**exponent if self.rest > 0 else 0.0 * outside
        found: Array = (self.values**exponent * inside) @ self.basis + rest
        return found


def shrunk_covariance(contrast: Contrast) -> ShrunkCovariance:
    """The shrunk covariance of a contrast's scenes within their poles.

    Raises:
        DegenerateContrast: all scenes of a pole are the same, in both poles.
    """
    poles = (contrast.positive.double(), contrast.negative.double())
    centred = torch.cat([pole - pole.mean(0) for pole in poles]).numpy()
    scenes, width = centred.shape
    mean = float(np.square(centred).sum()) / (scenes * width)
    if not mean > 0:
        raise DegenerateContrast("the scenes of a pole do not differ, so that they have no covariance")
    shrinkage = float(ledoit_wolf_shrinkage(centred, assume_centered=True))
    # The scenes' Gram matrix (scenes, scenes) is small where the width is large.
    values, vectors = np.linalg.eigh(centred @ centred.T)
    kept = values > _RANK_TOLERANCE * float(values[-1])
    basis = (vectors[:, kept] / np.sqrt(values[kept])).T @ centred
    rest = shrinkage * mean
    return ShrunkCovariance(basis, (1 - shrinkage) * values[kept] / scenes + rest, rest)
