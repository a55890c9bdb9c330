"""The policies by name: past evaluations in, what to try next out, nothing when the search is over."""

from collections.abc import Mapping, Sequence
from typing import assert_never

from traitscope.config import SteerSettings
from traitscope.steering.binary import binary_points
from traitscope.steering.evaluation import Evaluation, Point
from traitscope.steering.fixed import fixed_points


def next_points(
    settings: SteerSettings, base_norms: Mapping[int, float], past: Sequence[Evaluation]
) -> list[Point]:
    """What to try next, at most one point a layer, from all that was tried.

    Args:
        settings: the policy and what it goes by.
        base_norms: layer -> base norm, of the layers searched.
        past: evaluations so far, in order.
    """
    match settings.policy:
        case "binary":
            return binary_points(settings, base_norms, past)
        case "fixed":
            return fixed_points(settings, base_norms, past)
        case _:
            assert_never(settings.policy)


def most_evaluations(settings: SteerSettings) -> int:
    """Evaluations of each layer, at most."""
    return settings.steps if settings.strengths is None else len(settings.strengths)
