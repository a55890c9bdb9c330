import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from traitscope.comparison import behaviour


def scores(n: int, mean: float, seed: int) -> list[float]:
    return [float(x) for x in np.random.default_rng(seed).normal(mean, 10, n)]


def test_the_change_is_paired_over_questions():
    before = scores(15, 30, 0)
    after = [
        x + 5 + noise for x, noise in zip(before, np.random.default_rng(1).normal(0, 1, 15), strict=True)
    ]
    found = behaviour(before, after)
    expected = stats.ttest_rel(after, before)
    assert found.interval is not None and found.p_value == pytest.approx(expected.pvalue)
    ends = expected.confidence_interval()
    assert (found.interval.low, found.interval.high) == pytest.approx((ends.low, ends.high))
    assert (found.before, found.after) == pytest.approx((np.mean(before), np.mean(after)))
    assert found.reason is None and found.asked == 15


@given(st.lists(st.floats(0, 100), min_size=10, max_size=19))
def test_swapping_the_variants_turns_the_change_over(after):
    before = scores(len(after), 50, 3)
    there, back = behaviour(before, after), behaviour(after, before)
    assert there.interval is not None and back.interval is not None
    assert there.interval.mean == pytest.approx(-back.interval.mean)
    assert there.p_value == pytest.approx(back.p_value)
    assert there.visible == pytest.approx(back.visible)


def test_questions_without_a_score_on_either_side_are_left_out_of_both_means():
    before: list[float | None] = [10.0, 20.0, None, 30.0, 20.0, 10.0, 20.0, 30.0, 10.0, 20.0]
    after: list[float | None] = [15.0, None, 90.0, 30.0, 25.0, 15.0, 21.0, 32.0, 11.0, 24.0]
    found = behaviour(before, after)
    assert found.interval is not None and found.interval.n == 8 and found.asked == 10
    assert found.before == pytest.approx((10 + 30 + 20 + 10 + 20 + 30 + 10 + 20) / 8)
    assert found.interval.mean == pytest.approx((5 + 0 + 5 + 5 + 1 + 2 + 1 + 4) / 8)


def test_a_mean_over_fewer_than_four_fifths_of_the_answers_is_refused():
    before: list[float | None] = [10.0, 20.0, None, 30.0, 20.0, 10.0, 20.0, 30.0, None, 20.0]
    found = behaviour(before, [None, *scores(9, 20, 4)])
    assert found.interval is None and found.before is None and found.p_value is None
    assert found.reason == "7 of 10 questions have a score on both sides; 80% are needed"


@pytest.mark.parametrize("n", [0, 1])
def test_no_or_one_question_gives_a_reason_and_no_interval(n):
    found = behaviour([1.0] * n, [2.0] * n)
    assert found.interval is None and found.reason


def test_equal_scores_have_no_smallest_visible_change():
    found = behaviour([20.0] * 12, [20.0] * 12)
    assert found.visible is None and found.p_value == 1 and found.interval is not None


def test_more_judged_traits_make_the_smallest_visible_change_larger():
    one, three = (behaviour(scores(20, 30, 5), scores(20, 32, 6), tests=tests).visible for tests in (1, 3))
    assert one is not None and three is not None and one < three


def test_unlike_numbers_of_answers_are_a_mistake():
    with pytest.raises(ValueError):
        behaviour([1.0, 2.0], [1.0])
