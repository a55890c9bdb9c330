from collections.abc import Callable

import pytest
import torch
from hypothesis import settings

from traitscope.vectors import Contrast

# The first example pays for imports and a busy machine: a deadline would fail it for no reason of ours.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

TwoPoles = Callable[..., Contrast]


@pytest.fixture
def two_poles() -> TwoPoles:
    """Scenes that share a topic within a pair and differ along one direction by `strength` noise spreads."""

    def make(
        n: int = 40, width: int = 12, strength: float = 2.0, seed: int = 0, paired: bool = True
    ) -> Contrast:
        draws = torch.Generator().manual_seed(seed)
        cause = torch.randn(width, generator=draws)
        cause /= cause.norm()
        topic = torch.randn(n, width, generator=draws)
        positive = topic + torch.randn(n, width, generator=draws) + strength / 2 * cause
        negative = topic + torch.randn(n, width, generator=draws) - strength / 2 * cause
        return Contrast(positive, negative if paired else negative[: n - 3], paired)

    return make
