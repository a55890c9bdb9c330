"""Makers of evaluations and settings."""

from collections.abc import Callable
from typing import Any

import pytest

from traitscope.config import SteerSettings
from traitscope.steering import Evaluation, Point


@pytest.fixture(scope="session")
def settings() -> Callable[..., SteerSettings]:
    """Steering settings; keys not given are the defaults of an experiment file."""
    return lambda **keys: SteerSettings(variant="chat", **keys)


@pytest.fixture(scope="session")
def evaluation() -> Callable[..., Evaluation]:
    """An evaluation of a push at a layer: coherent, and with a delta of 10, unless said otherwise."""

    def make(
        layer: int = 0,
        coefficient: float = 1.0,
        delta: float | None = 10.0,
        coherent: bool = True,
        **more: Any,
    ) -> Evaluation:
        found: dict[str, Any] = {
            "step": 1,
            "relative_strength": coefficient / 10,
            "trait": None if delta is None else 50 + delta,
            "coherence": 90.0 if coherent else 20.0,
            "unscored": 0,
            "questions": 10,
            "whole": True,
        }
        return Evaluation(point=Point(layer, coefficient), delta=delta, coherent=coherent, **(found | more))

    return make
