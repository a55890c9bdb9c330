"""The `frontier` policy on models of a model: curves of coherence and delta against what a push costs."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.config import SteerSettings
from traitscope.steering import (
    Cost,
    Evaluation,
    Point,
    Step,
    Terrain,
    best_overall,
    evaluate,
    next_step,
    search_size,
)
from traitscope.steering.frontier import FRONTIER_STEPS, divergence_of, strength_of

Settings = Callable[..., SteerSettings]
STRENGTHS = (0.1, 0.2, 0.4, 0.8)
UNSTEERED = 95.0


def terrain(layers: int, scale: float = 4.0, norm: float = 10.0) -> Terrain:
    """Layers whose pushes cost `scale * strength ** 2`, the later ones a little more."""
    costs = {
        layer: [Cost(one, scale * (1 + layer / 50) * one**2) for one in STRENGTHS] for layer in range(layers)
    }
    return Terrain(dict.fromkeys(range(layers), norm), UNSTEERED, costs)


def coherence(cost: float, middle: float) -> float:
    return UNSTEERED / (1 + exp((log(cost) - middle) / 0.4))


def searched(
    settings: SteerSettings, ground: Terrain, gains: Mapping[int, float], middle: float
) -> tuple[list[Evaluation], list[Step]]:
    """Run the search in a world without noise: a layer's delta grows with the root of the cost."""
    past: list[Evaluation] = []
    steps: list[Step] = []
    while step := next_step(settings, ground, past):
        steps.append(step)
        for point in step.points:
            layer, norm = point.layer, ground.base_norms[point.layer]
            cost = divergence_of(ground.costs[layer], abs(point.coefficient) / norm)
            moved = gains[layer] * cost**0.5 * (1 if point.coefficient > 0 else -1)
            scores = [50 + moved] * step.questions
            coherent = [coherence(cost, middle)] * step.questions
            past.append(
                evaluate(
                    len(steps), point, norm, scores, coherent, [50.0] * settings.questions, settings.threshold
                )
            )
    return past, steps


@pytest.mark.parametrize("middle", [-1.0, 0.0, 0.5, 1.0])
@pytest.mark.parametrize("push", ["induce", "suppress"])
def test_the_best_layer_is_found_close_under_its_edge(settings: Settings, middle: float, push: str) -> None:
    chosen = settings(policy="frontier", push=push)
    gains = {layer: 30.0 - 3 * abs(layer - 7) for layer in range(12)}
    ground = terrain(12)
    past, _ = searched(chosen, ground, gains, middle)
    best = best_overall(past, push)
    assert best is not None
    assert best.point.layer in (6, 7, 8)
    edge = exp(middle + 0.4 * log(UNSTEERED / 70 - 1))
    cost = divergence_of(ground.costs[best.point.layer], abs(best.relative_strength))
    assert 0.7 * edge < cost <= edge
    assert (best.point.coefficient > 0) == (push == "induce")


def test_a_search_judges_what_was_announced_and_less_than_a_third_of_a_sweep(settings: Settings) -> None:
    chosen = settings(policy="frontier")
    _, steps = searched(chosen, terrain(12), dict.fromkeys(range(12), 20.0), 0.0)
    judged = sum(len(step.points) * step.questions for step in steps)
    assert judged == search_size(chosen, range(12), 12).answers == 12 * 3 + 6 * 5 + 5 * 10 + 2 * 10 + 2 * 10
    assert judged < search_size(settings(policy="binary"), range(12), 12).answers / 3
    assert [(len(step.points), step.questions) for step in steps] == [
        (12, 3),
        (6, 5),
        (5, 10),
        (2, 10),
        (2, 10),
    ]


@given(layers=st.integers(1, 30), questions=st.integers(1, 20))
def test_any_number_of_layers_and_questions_ends_with_whole_evaluations(
    layers: int, questions: int, settings: Settings
) -> None:
    chosen = settings(policy="frontier", questions=questions)
    past, steps = searched(chosen, terrain(layers), dict.fromkeys(range(layers), 20.0), 0.0)
    assert len(steps) == FRONTIER_STEPS
    assert (
        sum(len(step.points) * step.questions for step in steps)
        == search_size(chosen, range(layers), layers).answers
    )
    assert all(one.questions <= questions for one in past)
    assert any(one.whole for one in past)
    for step in steps:
        assert [point.layer for point in step.points] == sorted({point.layer for point in step.points})


def test_all_layers_open_at_the_same_cost(settings: Settings) -> None:
    ground = terrain(6)
    step = next_step(settings(policy="frontier"), ground, [])
    assert step is not None
    costs = [divergence_of(ground.costs[one.layer], one.coefficient / 10) for one in step.points]
    assert costs == pytest.approx([0.5] * 6)


def test_answers_that_break_early_bring_the_next_pushes_down(settings: Settings) -> None:
    past, steps = searched(settings(policy="frontier"), terrain(8), dict.fromkeys(range(8), 20.0), -2.0)
    strongest = [max(point.coefficient for point in step.points) for step in steps]
    assert strongest[1] < strongest[0]
    assert best_overall(past, "induce") is not None


def test_scores_that_are_missing_leave_the_search_going(settings: Settings) -> None:
    chosen, ground = settings(policy="frontier"), terrain(4)
    past: list[Evaluation] = []
    number = 0
    while step := next_step(chosen, ground, past):
        number += 1
        for point in step.points:
            nothing: list[float | None] = [None] * step.questions
            past.append(evaluate(number, point, 10.0, nothing, nothing, [50.0] * 10, 70))
    assert number == FRONTIER_STEPS
    assert best_overall(past, "induce") is None


growing = st.lists(st.floats(1e-4, 20), min_size=2, max_size=6, unique=True).map(sorted)


@given(divergences=growing, share=st.floats(0.01, 3))
def test_strengths_and_costs_are_each_others_inverse(divergences: list[float], share: float) -> None:
    costs = [Cost(0.1 * 2**place, one) for place, one in enumerate(divergences)]
    if all(after > 1.01 * before for before, after in pairwise(divergences)):
        assert divergence_of(costs, strength_of(costs, share)) == pytest.approx(share, rel=1e-6)


def test_between_measured_costs_the_square_law_is_met_exactly() -> None:
    costs = [Cost(one, 4 * one**2) for one in STRENGTHS]
    for strength in (0.01, 0.1, 0.3, 0.55, 2.0):
        assert divergence_of(costs, strength) == pytest.approx(4 * strength**2)
        assert strength_of(costs, 4 * strength**2) == pytest.approx(strength)


def test_a_push_that_costs_nothing_has_a_strength_all_the_same() -> None:
    assert strength_of([Cost(0.1, 0.0), Cost(0.2, 0.0)], 0.5) == pytest.approx(0.2)
    assert strength_of([Cost(0.1, 0.3), Cost(0.2, 0.2)], 0.3) == pytest.approx(0.1)


def test_a_coherence_that_cannot_reach_the_threshold_still_gives_a_step(settings: Settings) -> None:
    broken = terrain(3)._replace(coherence=2.0)
    first = next_step(settings(policy="frontier"), broken, [])
    assert first is not None
    past = [
        evaluate(1, Point(one.layer, one.coefficient), 10.0, [50.0] * 3, [1.0] * 3, [50.0] * 10, 70)
        for one in first.points
    ]
    assert next_step(settings(policy="frontier"), broken, past) is not None
