"""Rank correlation, partial correlation and slope, against scipy and against residuals worked out apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from traitscope.statistics import partial_rank_correlation, slope, spearman

rows = st.lists(st.tuples(*[st.integers(0, 8)] * 3), min_size=3, max_size=30)


@given(rows)
def test_a_rank_correlation_is_scipys_ties_included(values: list[tuple[int, int, int]]) -> None:
    a, b, _ = (np.array(row, dtype=float) for row in zip(*values, strict=True))
    found = spearman(a, b)
    if len(set(a)) == 1 or len(set(b)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-9)


def test_a_partial_correlation_is_that_of_the_residuals() -> None:
    draws = np.random.default_rng(0)
    c = draws.normal(size=80)
    a, b = c + draws.normal(size=80), draws.normal(size=80) - c
    ranks = [stats.rankdata(row) for row in (a, b, c)]
    design = np.stack([np.ones(80), ranks[2]], axis=1)
    left = [row - design @ np.linalg.lstsq(design, row, rcond=None)[0] for row in ranks[:2]]
    expected = stats.pearsonr(*left).statistic

    assert partial_rank_correlation(a, b, c) == pytest.approx(expected, abs=1e-9)
    assert abs(expected) < 0.3 < abs(stats.spearmanr(a, b).statistic)


def test_what_the_third_row_explains_wholly_has_no_partial_correlation() -> None:
    assert partial_rank_correlation([1, 2, 3, 4], [4, 1, 3, 2], [10, 20, 30, 40]) is None
    assert partial_rank_correlation([5, 5, 5], [1, 2, 3], [3, 1, 2]) is None


def test_a_constant_third_row_takes_nothing_out() -> None:
    a, b = [1.0, 2, 3, 4, 5], [2.0, 1, 4, 3, 5]
    assert partial_rank_correlation(a, b, [7] * 5) == pytest.approx(stats.spearmanr(a, b).statistic)


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=3, max_size=20))
def test_a_slope_is_scipys(points: list[tuple[float, float]]) -> None:
    x, y = (np.round(row, 3) for row in zip(*points, strict=True))
    if len(set(x)) == 1:
        assert slope(x, y) is None
    else:
        assert slope(x, y) == pytest.approx(stats.linregress(x, y).slope, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("measure", [spearman, slope])
@pytest.mark.parametrize("pair", [([1], [1]), ([1, 2], [1, 2, 3]), ([1, 2], [1, float("nan")])])
def test_rows_that_do_not_fit_are_refused(measure: object, pair: tuple[list[float], list[float]]) -> None:
    with pytest.raises(ValueError, match=r"rows of one length|finite"):
        measure(*pair)  # type: ignore[operator]
