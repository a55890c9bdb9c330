"""What a method returns for one layer, and what a trait has at every layer."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from traitscope.errors import InputError
from traitscope.vectors.combination import Direction, Part

Component = Literal["residual", "attn_out", "mlp_out"]

LARGEST = 5
"""Number of dimensions whose share of a direction is reported: massive dimensions come in ones and twos."""


class ReadWrite(NamedTuple):
    """The two unit directions of one layer, (width,) float32: `read` to project on, `write` to steer with."""

    read: Tensor
    write: Tensor


@dataclass(frozen=True)
class Directions:
    """A trait's directions by one method at every layer of one model."""

    trait: str
    method: str
    read: Tensor
    """(layers, width) float32, unit rows: what residuals are projected on."""
    write: Tensor
    """(layers, width) float32, unit rows: what is added to steer; `read` itself unless that is a filter."""
    base_norm: Tensor
    """(layers,) float32: mean length of the scenes' residuals, the unit of relative strength."""
    top5_share: Tensor
    """(layers,) float32: share of the squared mass of `read` in its five largest dimensions."""
    component: Component = "residual"
    """Where the residuals were captured, and where the direction is added."""

    def __post_init__(self) -> None:
        layers, width = self.read.shape
        shapes = {"write": (layers, width), "base_norm": (layers,), "top5_share": (layers,)}
        for name, shape in shapes.items():
            if tuple(getattr(self, name).shape) != shape:
                raise ValueError(f"{name} is {tuple(getattr(self, name).shape)} where read asks for {shape}")

    def at(self, layer: int, strength: float) -> Direction:
        """What steers at one layer; `strength` is relative to its base norm, negative to suppress.

        Raises:
            InputError: there is no such layer, or the vectors are of a part of the blocks.
        """
        if self.component != "residual":
            what = f"were captured at {self.component}, and a direction as a value steers the residual stream"
            raise InputError(f"vectors of '{self.trait}'", what, "extract them with component: residual")
        if not 0 <= layer < len(self.write):
            last = len(self.write) - 1
            raise InputError(f"layer {layer}", "is not in the vectors", f"name one from 0 to {last}")
        norm = float(self.base_norm[layer])
        part = Part(self.trait, self.method, layer, strength * norm, norm)
        return Direction({layer: strength * norm * self.write[layer]}, parts=(part,))


def top_share(directions: Tensor) -> Tensor:
    """Share of each direction's squared mass in its five largest dimensions, (..., width) -> (...).

    Near 1 the direction is a few massive dimensions and hardly the trait: mean difference drowns in them.
    """
    mass = directions.to(torch.float64).square()
    largest = mass.topk(min(LARGEST, mass.shape[-1]), dim=-1).values.sum(-1)
    return (largest / mass.sum(-1)).to(torch.float32)
