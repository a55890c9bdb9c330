"""Which option a model chooses, and what a push costs in right answers."""

from math import inf, nan

import numpy as np
import pytest
from scipy import stats

from traitscope.steering import accuracy, chosen


def test_the_option_of_the_highest_mean_is_chosen_whatever_its_length() -> None:
    assert chosen([[-1.0], [-0.9, -0.9, -0.9], [-0.2, -2.0], [-3.0]]) == 1
    assert chosen([[-0.5], [-0.5, -0.5]]) == 0


@pytest.mark.parametrize("broken", [nan, -inf])
def test_a_broken_network_chooses_nothing(broken: float) -> None:
    assert chosen([[-1.0], [broken, -0.1], [-2.0], [-3.0]]) is None


def test_the_change_has_its_paired_interval_over_items() -> None:
    rng = np.random.default_rng(0)
    before, after = rng.random(120) < 0.6, rng.random(120) < 0.4
    found = accuracy(before.tolist(), after.tolist(), seed=3)
    assert found.unsteered == pytest.approx(before.mean())
    assert found.steered == pytest.approx(after.mean())
    changes = after.astype(float) - before.astype(float)
    expected = stats.bootstrap(
        (changes,), np.mean, n_resamples=9999, method="BCa", rng=np.random.default_rng(3)
    ).confidence_interval
    assert found.change.mean == pytest.approx(changes.mean())
    assert found.change.low == pytest.approx(expected.low, abs=0.01)
    assert found.change.high == pytest.approx(expected.high, abs=0.01)
    assert found.change.n == 120


def test_the_same_answers_are_no_change() -> None:
    found = accuracy([True, False, True], [True, False, True], seed=0)
    assert found.change[:3] == (0.0, 0.0, 0.0)
