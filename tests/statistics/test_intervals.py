import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from traitscope.statistics import Interval, paired_interval, paired_p_value, smallest_visible


def sample(n: int, seed: int, mean: float = 0.3) -> np.ndarray:
    return np.random.default_rng(seed).gamma(2.0, 1.0, n) - 2 + mean


def test_below_twenty_the_interval_is_students_t():
    values = sample(19, 1)
    ends = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    interval = paired_interval(values)
    assert interval.method == "t" and interval.n == 19
    assert (interval.low, interval.high) == pytest.approx((ends.low, ends.high))


@pytest.mark.parametrize("n", [20, 61])
def test_from_twenty_on_the_interval_is_scipys_bca_bootstrap(n):
    values = sample(n, 2)
    reference = stats.bootstrap((values,), np.mean, rng=np.random.default_rng(7)).confidence_interval
    interval = paired_interval(values, seed=7)
    assert interval.method == "bca"
    assert (interval.low, interval.high) == pytest.approx((reference.low, reference.high))


def test_the_level_widens_the_interval():
    values = sample(30, 3)
    narrow, wide = paired_interval(values, level=0.8), paired_interval(values, level=0.99)
    assert wide.low < narrow.low < narrow.mean < narrow.high < wide.high


def test_the_same_seed_gives_the_same_interval_and_another_seed_nearly_the_same():
    values = sample(40, 4)
    assert paired_interval(values, 1) == paired_interval(values, 1)
    assert paired_interval(values, 1).low != paired_interval(values, 2).low
    assert paired_interval(values, 1).low == pytest.approx(paired_interval(values, 2).low, abs=0.05)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [2, 19, 20, 50])
@pytest.mark.parametrize("value", [0.0, 0.1, -3.7])
def test_equal_differences_give_a_single_point_without_a_warning(n, value):
    interval = paired_interval([value] * n)
    point = pytest.approx(value)
    assert interval == Interval(point, point, point, n, "constant")


@pytest.mark.filterwarnings("error")
def test_one_difference_among_equal_ones_still_has_an_interval():
    interval = paired_interval([0.0] * 29 + [5.0])
    assert np.isfinite(interval[:3]).all() and interval.low <= interval.mean <= interval.high


@pytest.mark.parametrize("values", [[], [1.0], [1.0, np.nan], [1.0, np.inf], [[1.0, 2.0], [3.0, 4.0]]])
def test_too_few_or_unusable_differences_are_refused(values):
    for function in (paired_interval, paired_p_value, smallest_visible):
        with pytest.raises(ValueError):
            function(values)


def test_below_twenty_the_p_value_is_that_of_the_paired_t_test():
    before, after = sample(15, 5), sample(15, 6, 0.9)
    assert paired_p_value(after - before) == pytest.approx(stats.ttest_rel(after, before).pvalue)


@pytest.mark.parametrize("seed", range(8))
def test_from_twenty_on_the_p_value_is_the_level_at_which_the_interval_touches_zero(seed):
    skewed = np.random.default_rng(seed).gamma(0.3, 1.0, 20)  # where bias and acceleration are large
    values = skewed - skewed.mean() + (0.25 if seed % 2 else -0.25) * skewed.std()
    p = paired_p_value(values, seed)
    assert 0.05 < p < 0.6
    wider = paired_interval(values, seed, level=1 - 0.97 * p)
    narrower = paired_interval(values, seed, level=1 - 1.03 * p)
    assert wider.low < 0 < wider.high
    assert narrower.low > 0 or narrower.high < 0


def test_a_clear_change_has_the_smallest_p_value_the_resamples_allow():
    assert paired_p_value(sample(40, 8, mean=9.0)) == pytest.approx(2 / 10_000)


def test_equal_differences_are_tested_by_their_signs():
    assert paired_p_value([0.0] * 12) == 1.0
    assert paired_p_value([2.0] * 12) == pytest.approx(stats.binomtest(12, 12).pvalue)


@given(st.lists(st.integers(-20, 20), min_size=2, max_size=19), st.integers(1, 1000))
def test_turning_the_sign_turns_the_t_interval_over(values, scale):
    there, back = paired_interval(np.divide(values, scale)), paired_interval(np.divide(values, -scale))
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


def test_intervals_cover_the_true_mean_about_as_often_as_they_say():
    hits = sum(
        low <= 2.3 <= high
        for low, high in (paired_interval(sample(25, s, 2.3), s)[1:3] for s in range(100, 300))
    )
    # At n = 25 of a skewed law BCa covers a little less than it says.
    assert stats.binomtest(hits, 200, 0.93).pvalue > 0.001


def test_the_smallest_visible_change_is_seen_in_four_of_five_repetitions():
    draws = np.random.default_rng(0)
    noise = draws.normal(0, 4, 16)
    visible = smallest_visible((noise - noise.mean()) / noise.std(ddof=1) * 4)  # spread exactly 4
    assert visible is not None
    seen = sum(stats.ttest_1samp(draws.normal(visible, 4, 16), 0).pvalue < 0.05 for _ in range(2000))
    assert 0.77 < seen / 2000 < 0.83


def test_more_tests_make_the_smallest_visible_change_larger_and_no_spread_makes_it_unknown():
    values = sample(20, 9)
    one, three = smallest_visible(values), smallest_visible(values, tests=3)
    assert one is not None and three is not None and three > one
    assert smallest_visible([1.0] * 20) is None
