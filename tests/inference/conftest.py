"""Readings of invented answers."""

from collections.abc import Callable

import pytest
import torch
from stored_shape import LAYERS, VOCABULARY, WIDTH

from traitscope.engine import Reading


@pytest.fixture(scope="session")
def reading() -> Callable[..., Reading]:
    """A reading of so many response tokens; shorter than 3, it has no late logits."""

    def make(tokens: int, seed: int = 0) -> Reading:
        generator = torch.Generator().manual_seed(seed)
        residual = torch.randn(LAYERS, 1 + tokens, WIDTH, generator=generator) * 3
        logits = torch.randn(VOCABULARY, generator=generator) if tokens >= 3 else None
        return Reading(residual, -torch.rand(tokens, generator=generator), logits)

    return make
