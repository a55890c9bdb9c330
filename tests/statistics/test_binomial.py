"""The exact binomial test, against scipy's and its own definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from traitscope.statistics import binomial_p_value


@given(trials=st.integers(1, 300), share=st.floats(0, 1), chance=st.floats(0.02, 0.98))
def test_it_is_the_two_sided_test_of_scipy(trials: int, share: float, chance: float) -> None:
    successes = round(share * trials)

    found = binomial_p_value(successes, trials, chance)

    assert found == pytest.approx(stats.binomtest(successes, trials, chance).pvalue, rel=1e-9)


@pytest.mark.parametrize("trials", [20, 5000])
def test_both_tails_of_a_fair_coin_are_counted(trials: int) -> None:
    high = binomial_p_value(trials * 3 // 5, trials, 0.5)

    assert high == pytest.approx(2 * stats.binom.sf(trials * 3 // 5 - 1, trials, 0.5), rel=1e-9)
    assert binomial_p_value(trials - trials * 3 // 5, trials, 0.5) == high


def test_the_likeliest_count_and_no_count_at_all_are_no_surprise() -> None:
    assert binomial_p_value(5, 10, 0.5) == 1
    assert binomial_p_value(0, 0, 0.3) == 1


@pytest.mark.parametrize(
    ("successes", "trials", "chance"), [(-1, 3, 0.5), (4, 3, 0.5), (1, 3, 0.0), (1, 3, 1.0)]
)
def test_what_is_no_count_is_refused(successes: int, trials: int, chance: float) -> None:
    with pytest.raises(ValueError, match="no binomial count"):
        binomial_p_value(successes, trials, chance)
