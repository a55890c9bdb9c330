"""How answers go along a direction, against numpy's convolution and polyfit, and tokens drawn by hand."""

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from traitscope.inference import DYNAMICS_SCHEMA, Covariance, Line, dynamics, spreads_along
from traitscope.inference.dynamics import BEYOND, FEWEST, REACH, Spread, crossing, rate, smoothed

VALUES = st.lists(st.floats(-50, 50), min_size=1, max_size=60).map(np.array)


@given(VALUES)
def test_a_trajectory_is_the_mean_of_the_tokens_around(values):
    window = np.ones(2 * REACH + 1)
    expected = (
        np.convolve(values, window, "full")[REACH:-REACH]
        / np.convolve(np.ones_like(values), window, "full")[REACH:-REACH]
    )
    np.testing.assert_allclose(smoothed(values), expected, atol=1e-9)


@given(VALUES)
def test_a_rate_is_the_slope_of_the_least_squares_line(values):
    found = rate(values)
    if len(values) < FEWEST:
        assert found is None
    else:
        assert found == pytest.approx(np.polyfit(np.arange(len(values)), values, 1)[0], abs=1e-8)


@given(VALUES)
def test_a_crossing_is_the_first_token_so_far_out_on_either_side(values):
    found = crossing(values)
    far = np.abs(values) >= BEYOND
    assert (found is None) == (not far.any())
    if found is not None:
        assert far[found] and not far[:found].any()
    assert crossing(-values) == found


def test_a_spread_is_that_of_the_tokens_along_the_direction():
    drawn = np.random.default_rng(0)
    tokens = drawn.normal(size=(400, 5)) @ drawn.normal(size=(5, 5)) + 3
    covariance = np.cov(tokens.T, ddof=0)
    values, vectors = np.linalg.eigh(covariance)
    leading = (vectors[:, -2:] * np.sqrt(values[-2:])).T
    # What two leading directions leave is kept as its diagonal alone: along a dimension nothing is lost.
    rest = np.diag(covariance) - np.square(leading).sum(0)
    nothing = np.zeros((1, 5))
    kept = Covariance(
        np.array([400.0]), tokens.mean(0)[None], nothing, np.ones(1), leading[None], np.maximum(rest, 0)[None]
    )
    line = Line("gloom", "mean_diff", 0, "", torch.eye(5)[2])
    found = spreads_along(kept, [line])["gloom"]
    assert found.mean == pytest.approx(tokens[:, 2].mean())
    assert found.deviation == pytest.approx(tokens[:, 2].std())


def table(*tokens: tuple[str, int | None, str, float]) -> pl.DataFrame:
    columns = ("prompt", "token", "side", "raw")
    found = pl.DataFrame([dict(zip(columns, row, strict=True)) for row in tokens])
    return found.with_columns(trait=pl.lit("gloom"), layer=pl.lit(3), method=pl.lit("mean_diff"))


def test_an_answer_has_a_row_and_what_is_no_response_token_has_none():
    rows = [("a", -1, "prompt", 99.0), *(("a", n, "response", 1.0 + 2 * n) for n in range(8))]
    rows += [("b", 0, "response", 1.0), ("c", None, "response", 5.0)]
    found = dynamics(table(*rows), {"gloom": Spread(1.0, 2.0)})
    assert dict(found.schema) == DYNAMICS_SCHEMA
    assert found["prompt"].to_list() == ["a", "b"]
    first, second = found.iter_rows(named=True)
    # In spreads the tokens are 0, 1, ... 7; the first smoothed value of 2 is that of token 2.
    assert (first["tokens"], first["mean"], first["crossing"]) == (8, 3.5, 2)
    assert first["rate"] == pytest.approx(1.0)
    assert first["smoothed"] == pytest.approx([1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 5.5, 6.0])
    assert (second["crossing"], second["rate"], second["smoothed"]) == (None, None, [0.0])


def test_tokens_that_do_not_differ_have_no_dynamics():
    found = dynamics(table(("a", 0, "response", 1.0)), {"gloom": Spread(1.0, 0.0)})
    assert found.is_empty() and dict(found.schema) == DYNAMICS_SCHEMA
