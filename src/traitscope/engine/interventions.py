"""What can be done to one row's residual: add to it, take a direction out of it, keep it within limits.

    Push    h <- h + vector
    Ablate  h <- h - (h . v) v
    Cap     h <- h + (clamp(h . v, low, high) - h . v) v

Directional ablation: Arditi et al. 2024 (arXiv 2406.11717). Ablating is capping to [0, 0], so that one
formula serves both; its projection is taken in float32 whatever the block's dtype.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from traitscope.errors import InputError
from traitscope.models import BlockNetwork, Component

UNIT = 1e-3
"""How far from 1 the length of a unit direction may be."""


@dataclass(frozen=True)
class Push:
    """What is added to one row's residual.

    Attributes:
        layer: the block after which it is added.
        vector: (width,) float32: coefficient times unit direction.
        component: what it is added to: the residual stream, or a sub-block's output before it joins that.
    """

    layer: int
    vector: Tensor
    component: Component = "residual"


@dataclass(frozen=True)
class Ablate:
    """A direction taken out of one row's residual: right after the block nothing is left along it.

    Attributes:
        layer: the block after which it is taken out; None: after every block.
        direction: (width,) float32, unit.
        component: what it is taken out of.

    Raises:
        ValueError: the direction is no unit vector.
    """

    layer: int | None
    direction: Tensor
    component: Component = "residual"

    def __post_init__(self) -> None:
        _check_unit(self.direction)


@dataclass(frozen=True)
class Cap:
    """Limits to one row's projection on a direction; what lies within them is left alone.

    Attributes:
        layer: the block after which it is limited; None: after every block.
        direction: (width,) float32, unit.
        low: least projection, `-math.inf` for none.
        high: largest projection, `math.inf` for none.
        component: whose projection it is.

    Raises:
        ValueError: the direction is no unit vector, or low is above high.
    """

    layer: int | None
    direction: Tensor
    low: float = -math.inf
    high: float = math.inf
    component: Component = "residual"

    def __post_init__(self) -> None:
        _check_unit(self.direction)
        if not self.low <= self.high:
            raise ValueError(f"a projection cannot be kept between {self.low} and {self.high}")


Intervention = Push | Ablate | Cap
Steered = Intervention | Sequence[Intervention] | None
"""What is done to a row: nothing, one thing, or several; those after one block in their order."""


def interventions(steered: Steered) -> tuple[Intervention, ...]:
    """What is done to a row, as a tuple."""
    if steered is None:
        return ()
    return tuple(steered) if isinstance(steered, Sequence) else (steered,)


def check_fit(model: BlockNetwork, steered: Sequence[Intervention]) -> None:
    """Refuse what cannot be done to a model, before it is done.

    Raises:
        InputError: as `check_vector`.
    """
    for one in steered:
        check_vector(model, one.layer, one.vector if isinstance(one, Push) else one.direction)


def check_vector(model: BlockNetwork, layer: int | None, vector: Tensor) -> None:
    """Refuse a vector that is not of a model's depth and width, or holds what is no number.

    Args:
        layer: the block after which it is meant; None: every one.

    Raises:
        InputError: it is not.
    """
    name = type(model.network).__name__
    if layer is not None and not 0 <= layer < model.layers:
        what = f"is not in {name}, which has layers 0 to {model.layers - 1}"
        raise InputError(f"layer {layer}", what, _OTHER)
    where = "the vector of every layer" if layer is None else f"the vector of layer {layer}"
    if vector.shape != (model.width,):
        width = vector.shape[-1] if vector.dim() else 0
        what = f"is {width} wide, and the residual stream of {name} is {model.width}"
        raise InputError(where, what, _OTHER)
    if not bool(torch.isfinite(vector).all()):
        mend = "find out where that came from: a coefficient, or the directions themselves"
        raise InputError(where, "holds NaN or infinity", mend)


_OTHER = "it was made for another model; load the one it was made for"


def _check_unit(direction: Tensor) -> None:
    length = float(torch.linalg.vector_norm(direction.float()))
    if not abs(length - 1) <= UNIT:
        raise ValueError(f"a direction of length {length:.4g} is no unit vector")
