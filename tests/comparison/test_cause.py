import numpy as np
import pytest
from scipy import stats

from traitscope.comparison import scored_on_all, share


def test_a_share_is_the_ratio_of_means_and_exact_where_every_question_has_the_same():
    change = np.array([4.0, 8.0, 12.0, 6.0])
    found = share(change / 4, change)
    assert (found.mean, found.low, found.high) == pytest.approx((0.25, 0.25, 0.25))
    uneven = share([4.0, 0.0, 0.0, 2.0], change)
    assert uneven.mean == pytest.approx(6 / 30)
    assert uneven.low is not None and uneven.high is not None and uneven.low < 0.2 < uneven.high


def test_the_interval_is_scipys_percentile_bootstrap_of_a_ratio():
    drawn = np.random.default_rng(0)
    change = drawn.normal(10, 4, 40)
    part = 0.5 * change + drawn.normal(0, 3, 40)
    found = share(part, change)
    expected = stats.bootstrap(
        (part, change),
        lambda a, b, axis: a.mean(axis) / b.mean(axis),
        paired=True,
        method="percentile",
        n_resamples=5000,
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.02)


def test_where_the_change_may_be_nothing_there_is_no_share():
    found = share([1.0, 2.0, 1.0, 2.0], [1.0, -1.0, 2.0, -2.0])
    assert found.mean is None and found.reason is not None and "may be 0" in found.reason
    assert share([1.0], [1.0]).reason == "1 scored questions give no share"


@pytest.mark.parametrize("sign", [1, -1])
def test_resamples_in_which_the_change_vanishes_leave_the_ends_finite(sign, recwarn):
    change = sign * np.array([0.0] * 6 + [4.0, 4.0, 4.0, 4.0])
    found = share(change / 2, change)
    assert (found.mean, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5))
    assert not recwarn.list


def test_only_questions_that_every_arm_has_a_score_at_count():
    one, other = scored_on_all([[1.0, None, 3.0], [4.0, 5.0, 6.0]])
    assert one.tolist() == [1, 3] and other.tolist() == [4, 6]
    assert [column.size for column in scored_on_all([[None], [1.0]])] == [0, 0]
