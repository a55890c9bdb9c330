import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from traitscope.statistics import accuracy_at_midpoint, auc, cohens_d

groups = st.lists(st.integers(-5, 5), min_size=1, max_size=20)


@given(groups, groups)
def test_auc_is_scikit_learns_ties_included(positive, negative):
    labels = [1] * len(positive) + [0] * len(negative)
    assert auc(positive, negative) == pytest.approx(roc_auc_score(labels, positive + negative))


@given(groups, groups)
def test_swapping_the_sides_turns_auc_over(positive, negative):
    assert auc(positive, negative) + auc(negative, positive) == pytest.approx(1)


def test_accuracy_weighs_the_sides_alike():
    positive, negative = [2.0, 3.0, -1.0], [-2.0, 1.0, -3.0, -4.0, -5.0]
    labels = [1] * 3 + [0] * 5
    expected = balanced_accuracy_score(labels, [int(value > 0.5) for value in positive + negative])
    assert accuracy_at_midpoint(positive, negative, 0.5) == pytest.approx(expected)


def test_a_value_on_the_midpoint_counts_half():
    assert accuracy_at_midpoint([1.0], [1.0], 1.0) == 0.5


def test_d_of_two_groups_by_hand():
    # means 4 and 1; variances 4 (n = 3) and 1 (m = 3): pooled sqrt(2.5)
    assert cohens_d([2, 4, 6], [0, 1, 2]) == pytest.approx(3 / np.sqrt(2.5))


def test_d_pools_by_degrees_of_freedom():
    # variances 2 (n = 2) and 1 (m = 3): pooled (1 * 2 + 2 * 1) / 3
    assert cohens_d([1, 3], [0, 1, 2]) == pytest.approx(1 / np.sqrt(4 / 3))


def test_d_without_any_difference_is_zero_and_without_spread_is_refused():
    assert cohens_d([1, 1], [1, 1]) == 0
    with pytest.raises(ValueError, match="infinite"):
        cohens_d([2, 2], [1, 1])
    with pytest.raises(ValueError, match="two values"):
        cohens_d([2], [1, 1])


@pytest.mark.parametrize("measure", [auc, lambda p, n: accuracy_at_midpoint(p, n, 0.0), cohens_d])
def test_measures_refuse_an_empty_side_and_values_that_are_not_finite(measure):
    for positive, negative in (([], [1.0, 2.0]), ([1.0, 2.0], []), ([1.0, float("nan")], [0.0, 1.0])):
        with pytest.raises(ValueError):
            measure(positive, negative)
