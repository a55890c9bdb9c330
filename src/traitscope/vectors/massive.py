"""Massive dimensions: a few in which every residual is huge, whatever it says.

    massive where  m > 10 median(m),   m = mean over scenes of |residual|, per dimension

Sun et al. 2024 (Massive activations in large language models, arXiv 2402.17762) call a single activation
massive from 1,000 times the median on. Those sit on a few sink tokens, which enter no residual here; what is
left of them in the average of other tokens is smaller, and still far above what chance does: dimensions of
equal spread differ by less than a factor of 2.
"""

from typing import Literal

import torch
from torch import Tensor

Massive = Literal["keep", "clip", "drop"]
TIMES = 10.0
"""How many times the median dimension a massive one is."""


def massive_limit(scenes: Tensor) -> Tensor:
    """Mean absolute value from which a dimension of (..., scenes, width) is massive, (...,) float64."""
    limit: Tensor = TIMES * _size(scenes).median(-1).values
    return limit


def massive_dimensions(scenes: Tensor) -> Tensor:
    """Which dimensions of (..., scenes, width) are massive, (..., width) bool."""
    return _size(scenes) > massive_limit(scenes)[..., None]


def limited(scenes: Tensor, how: Massive) -> Tensor:
    """Scenes (scenes, width) to fit on: massive dimensions as they are, within the limit, or 0."""
    if how == "keep":
        return scenes
    massive = massive_dimensions(scenes)
    if how == "drop":
        return torch.where(massive, 0.0, scenes)
    limit = float(massive_limit(scenes))
    return torch.where(massive, scenes.clamp(-limit, limit), scenes)


def _size(scenes: Tensor) -> Tensor:
    return scenes.double().abs().mean(-2)
