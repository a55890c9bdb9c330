"""The policies by name: past evaluations in, what to try next out, None when the search is over."""

from collections.abc import Sequence
from typing import NamedTuple, assert_never

from traitscope.config import SteerSettings
from traitscope.steering.binary import binary_points
from traitscope.steering.evaluation import Evaluation, Step, Terrain
from traitscope.steering.fixed import fixed_points
from traitscope.steering.frontier import FRONTIER_STEPS, asked_questions, frontier_step, kept_layers


def next_step(settings: SteerSettings, terrain: Terrain, past: Sequence[Evaluation]) -> Step | None:
    """What to try next, at most one point a layer, from all that was tried; None when the search is over.

    Args:
        settings: the policy and what it goes by.
        terrain: the layers searched, and what is known of them.
        past: evaluations so far, in order.
    """
    match settings.policy:
        case "binary":
            points = binary_points(settings, terrain.base_norms, past)
        case "fixed":
            points = fixed_points(settings, terrain.base_norms, past)
        case "frontier":
            return frontier_step(settings, terrain, past)
        case _:
            assert_never(settings.policy)
    return Step(points, settings.questions) if points else None


class StepSize(NamedTuple):
    """How much a step asks."""

    points: int
    questions: int


def planned_steps(settings: SteerSettings, layers: int) -> list[StepSize]:
    """The steps of a search over so many layers: every policy's are known before it begins."""
    match settings.policy:
        case "binary":
            return [StepSize(layers, settings.questions)] * settings.steps
        case "fixed":
            return [StepSize(layers, settings.questions)] * len(settings.strengths or ())
        case "frontier":
            return [
                StepSize(kept_layers(layers, step), asked_questions(settings.questions, step))
                for step in range(1, FRONTIER_STEPS + 1)
            ]
        case _:
            assert_never(settings.policy)
