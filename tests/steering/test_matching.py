"""The length at which another direction does the same damage."""

from collections.abc import Callable
from math import exp, inf, log, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from traitscope.steering import Cost
from traitscope.steering.matching import MOST_TRIES, TOLERANCE, match, matched, next_strength


def saturating(scale: float, top: float = 9.0) -> Callable[[float], float]:
    """Quadratic near 0, and flat far out, as a divergence is."""
    return lambda strength: top * (1 - exp(-((strength / scale) ** 2) / top))


@given(scale=st.floats(0.02, 20), target=st.floats(1e-4, 5.0))
def test_the_length_found_costs_the_target_to_within_the_tolerance(scale: float, target: float) -> None:
    cost = saturating(scale)
    found = matched(cost, target, start=0.5)
    assert found.matched
    assert abs(log(cost(found.cost.strength) / target)) <= log(1 + TOLERANCE)
    root = optimize.brentq(lambda s: cost(exp(s)) - target, -15, 10)
    # At 5 of 9 nats the cost grows with the power 1.29 of the length, by which the tolerance is divided.
    assert found.cost.strength == pytest.approx(exp(root), rel=(1 + TOLERANCE) ** (1 / 1.29) - 1)


def test_a_push_that_costs_as_much_at_the_same_length_is_measured_once() -> None:
    asked: list[float] = []
    assert matched(lambda s: asked.append(s) or 0.3, 0.3, start=0.7).cost == Cost(0.7, 0.3)
    assert asked == [0.7]


def test_a_square_law_takes_two_measurements() -> None:
    asked: list[float] = []
    found = matched(lambda s: asked.append(s) or 5 * s**2, 0.2, start=0.5)
    assert len(asked) == 2
    assert found.cost.strength == pytest.approx(0.2)


def test_a_step_is_cornered_by_halving() -> None:
    found = matched(lambda s: 8.0 if s > 0.31 else 1e-6, 0.5, start=2.0)
    assert not found.matched
    tried: list[Cost] = []
    while (strength := next_strength(tried, 0.5, 2.0)) is not None:
        tried.append(Cost(strength, 8.0 if strength > 0.31 else 1e-6))
    assert len(tried) == MOST_TRIES
    low = max(one.strength for one in tried if one.divergence < 0.5)
    high = min(one.strength for one in tried if one.divergence > 0.5)
    assert low < 0.31 < high < 1.15 * low


@pytest.mark.parametrize("cost", [0.0, nan, inf, 0.1])
def test_a_cost_that_never_comes_near_ends_and_says_so(cost: float) -> None:
    found = matched(lambda _: cost, 0.5, start=0.5)
    assert not found.matched
    assert 0 < found.cost.strength < 1e8


def test_a_push_that_breaks_the_network_is_too_long() -> None:
    found = matched(lambda s: nan if s > 0.6 else s**2, 0.25, start=3.0)
    assert found.matched
    assert found.cost.strength == pytest.approx(0.5, rel=0.03)


def test_a_search_that_was_cut_off_goes_on_as_if_it_had_not_been() -> None:
    cost, whole = saturating(0.3), []
    while (strength := next_strength(whole, 0.8, 2.0)) is not None:
        whole.append(Cost(strength, cost(strength)))
    for kept in range(len(whole)):
        assert next_strength(whole[:kept], 0.8, 2.0) == whole[kept].strength


def test_where_costs_are_no_line_the_shortest_push_that_costs_so_much_is_looked_for() -> None:
    tried = [Cost(1.0, 2.0), Cost(0.5, 0.1), Cost(4.0, 0.2)]
    found = next_strength(tried, 0.4, 1.0)
    assert found is not None
    assert 0.5 < found < 1.0


def test_the_nearest_is_taken_in_ratios() -> None:
    assert match([Cost(1.0, 0.1), Cost(2.0, 0.9)], 0.4).cost == Cost(2.0, 0.9)
    assert not np.isnan(match([Cost(1.0, nan), Cost(2.0, 0.9)], 0.4).cost.divergence)
