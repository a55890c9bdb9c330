"""The two poles a direction is drawn between."""

from dataclasses import dataclass

import torch
from torch import Tensor


class DegenerateContrast(Exception):  # noqa: N818 (a finding about the data, named as one)
    """The two poles cannot be told apart, so that there is no direction between them."""


@dataclass(frozen=True)
class Contrast:
    """Residuals of both poles at one layer; `paired` when row i of one belongs to row i of the other.

    Raises:
        ValueError: a pole that is not float32 (scenes, width), is empty or not finite; poles that do not fit.
    """

    positive: Tensor
    """(n, width) float32."""
    negative: Tensor
    """(m, width) float32."""
    paired: bool

    def __post_init__(self) -> None:
        for name, pole in (("positive", self.positive), ("negative", self.negative)):
            if pole.ndim != 2 or pole.dtype != torch.float32 or not len(pole):
                raise ValueError(
                    f"the {name} pole is {pole.dtype} {tuple(pole.shape)}, not float32 (scenes, width)"
                )
            if not bool(torch.isfinite(pole).all()):
                raise ValueError(f"the {name} pole holds a value that is not finite")
        if self.positive.shape[1] != self.negative.shape[1]:
            raise ValueError(
                f"the poles' widths differ: {self.positive.shape[1]} and {self.negative.shape[1]}"
            )
        if self.paired and len(self.positive) != len(self.negative):
            raise ValueError(
                f"{len(self.positive)} positive and {len(self.negative)} negative scenes are no pairs"
            )
