"""What is done to scenes before a direction is fitted on them, and to the direction afterwards.

Before, massive dimensions may be limited. Afterwards the direction is made orthogonal to others, and to the
way in which residuals change with the length of what was written:

    v <- (v - B' B v) / |v - B' B v|,   B an orthonormal basis of what is taken out
    length:  c = sum_i (length_i - mean length) (x_i - mean x);   v . c = 0 leaves projection and length
             uncorrelated over the scenes

Everything that is learned from scenes is learned from the training scenes alone: a fold's direction is
treated by what is known without the scenes that it is tried on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from traitscope.vectors.contrast import DegenerateContrast
from traitscope.vectors.direction import ReadWrite
from traitscope.vectors.massive import Massive, limited, massive_dimensions

LEAST_LEFT = 0.05
"""Share of a direction's length that must be left once others are taken out; below, it is mostly rounding and
noise (it lay within 3 degrees of the others)."""
_RANK_TOLERANCE = 1e-6


class NothingLeft(DegenerateContrast):
    """Too little of a direction remains once others are taken out of it."""


@dataclass(frozen=True)
class Treatment:
    """How the directions of all layers are fitted."""

    massive: Massive = "keep"
    """What becomes of massive dimensions: kept, limited, or left out."""
    others: tuple[ReadWrite, ...] = ()
    """Directions of other traits, each (layers, width): `read` is made orthogonal to their `read`, `write` to
    their `write`."""
    lengths: Tensor | None = None
    """(scenes,), the positive ones first: what the scenes' projections shall not change with."""

    def at(self, layer: int) -> "LayerTreatment":
        """The treatment at one layer."""
        others = [ReadWrite(one.read[layer], one.write[layer]) for one in self.others]
        return LayerTreatment(self.massive, tuple(others), self.lengths)


@dataclass(frozen=True)
class LayerTreatment:
    """How the direction of one layer is fitted; as `Treatment`, with directions (width,)."""

    massive: Massive = "keep"
    others: tuple[ReadWrite, ...] = ()
    lengths: Tensor | None = None

    def learn(self, scenes: Tensor, rows: Tensor | None = None) -> "Treated":
        """What the treatment learns from scenes, (scenes, width) float32; labels are not asked for.

        Args:
            rows: which of all scenes these are, (scenes,) indexes or bool; None: they are all.
        """
        along_length = []
        if self.lengths is not None:
            lengths = self.lengths.double() if rows is None else self.lengths.double()[rows]
            centred = scenes.double() - scenes.double().mean(0)
            along_length.append((lengths - lengths.mean()) @ centred)
        dropped = massive_dimensions(scenes) if self.massive == "drop" else None
        out_of_read, out_of_write = (
            _basis([*some, *along_length], scenes.shape[1], dropped)
            for some in ([one.read for one in self.others], [one.write for one in self.others])
        )
        return Treated(limited(scenes, self.massive), dropped, out_of_read, out_of_write)


class Treated(NamedTuple):
    """Scenes to fit on, and what is done to the direction fitted."""

    scenes: Tensor
    """(scenes, width) float32."""
    dropped: Tensor | None
    """(width,) bool: dimensions that the direction shall not have."""
    out_of_read: Tensor
    """(k, width) float64, orthonormal: what is taken out of the direction that reads."""
    out_of_write: Tensor
    """(k, width) float64, orthonormal: what is taken out of the direction that steers."""

    def finish(self, fitted: ReadWrite) -> ReadWrite:
        """The directions with what is to be taken out taken out.

        Raises:
            NothingLeft: what remains is too little.
        """
        if self.dropped is None and not len(self.out_of_read):
            return fitted
        read = self._finished(fitted.read, self.out_of_read)
        return ReadWrite(
            read, read if fitted.write is fitted.read else self._finished(fitted.write, self.out_of_write)
        )

    def _finished(self, direction: Tensor, out: Tensor) -> Tensor:
        left = direction.double()
        if self.dropped is not None:
            left = torch.where(self.dropped, 0.0, left)
        # Twice: one pass leaves the rounding of what it took away, which is most of what is left of a
        # direction that lay close by.
        for _ in range(2):
            left = left - (out @ left) @ out
        length = float(left.norm())
        if length < LEAST_LEFT:
            raise NothingLeft(f"only {100 * length:.1f} % of the direction's length is left")
        found: Tensor = (left / length).float()
        return found


def _basis(directions: Sequence[Tensor], width: int, dropped: Tensor | None) -> Tensor:
    """Orthonormal rows that span the directions, (k, width) float64; those that are 0 span nothing.

    Of dropped dimensions they have none: taking them out must not bring those back, and a direction without
    them is as orthogonal to the whole.
    """
    kept = [
        one.double() if dropped is None else torch.where(dropped, 0.0, one.double()) for one in directions
    ]
    rows = [one / one.norm() for one in kept if float(one.norm()) > 0]
    if not rows:
        return torch.zeros(0, width, dtype=torch.float64)
    _, values, basis = torch.linalg.svd(torch.stack(rows), full_matrices=False)
    spanned: Tensor = basis[values > _RANK_TOLERANCE]
    return spanned
