"""Agreement with labels and changes of scores, against scikit-learn, scipy and sums by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from traitscope.judging.agreement import agreement, change

scored = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 100)), min_size=4, max_size=40)


@given(scored)
def test_figures_are_those_of_the_libraries(pairs: list[tuple[int, int]]) -> None:
    scores, labels = [5.0 * score for score, _ in pairs], [float(label) for _, label in pairs]
    found = agreement(scores, labels)
    high = np.array(labels) >= 50
    if 0 < high.sum() < len(high):
        assert found.auc == pytest.approx(roc_auc_score(high, scores))
    else:
        assert found.auc is None
    clear = (np.array(labels) <= 30) | (np.array(labels) >= 70)
    some, top = np.array(scores)[clear], np.array(labels)[clear] >= 70
    if 0 < top.sum() < len(top):
        assert found.auc_extremes == pytest.approx(roc_auc_score(top, some))
    else:
        assert found.auc_extremes is None
    if len(set(scores)) > 1 and len(set(labels)) > 1:
        assert found.spearman == pytest.approx(stats.spearmanr(scores, labels).statistic)
    if len(set(labels)) > 1:
        assert found.slope == pytest.approx(stats.linregress(labels, scores).slope, abs=1e-9)
    assert found.mean_error == pytest.approx(np.abs(np.subtract(scores, labels)).mean())
    assert sum(one.answers for one in found.bins) == len(pairs)


def test_bins_hold_means_by_label_and_a_border_belongs_to_the_upper_one() -> None:
    found = agreement([10.0, 30.0, 90.0, 70.0], [0.0, 20.0, 100.0, 80.0]).bins
    assert [tuple(one) for one in found] == [
        (0, 20, 1, 0.0, 10.0),
        (20, 40, 1, 20.0, 30.0),
        (80, 100, 2, 90.0, 80.0),
    ]


def test_answers_without_a_score_are_counted_and_left_out() -> None:
    found = agreement([None, 20.0, None, 80.0, 90.0], [90.0, 10.0, 5.0, 70.0, 95.0])
    assert (found.answers, found.unscored, found.auc) == (5, 2, 1.0)
    assert found.mean_error == pytest.approx((10 + 10 + 5) / 3)


def test_nothing_scored_has_no_figures() -> None:
    found = agreement([None, None], [10.0, 90.0])
    assert (found.auc, found.spearman, found.slope, found.mean_error, found.bins) == (None,) * 4 + ((),)
    assert found.unscored == 2


def test_a_change_is_that_of_answers_scored_both_times() -> None:
    found = change([10.0, 20.0, None, 50.0], [16.0, 18.0, 40.0, None])
    assert (found.answers, found.mean, found.mean_size, found.largest) == (2, 2.0, 4.0, 6.0)
    assert change([None], [4.0]).mean is None
    assert change([], []).largest is None
