"""How figures are written."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.report import Absent, Estimate, numbers
from traitscope.report.values import check_finite

figures = st.floats(-1e6, 1e6, allow_nan=False)


@pytest.mark.parametrize(
    ("write", "value", "written"),
    [
        (numbers.points, 61.94, "61.9"),
        (numbers.points, -0.04, "0.0"),
        (numbers.signed_points, 41.26, "+41.3"),
        (numbers.signed_points, -2.05, "−2.0"),
        (numbers.signed_points, 0.04, "0.0"),
        (numbers.ratio, 0.454, "0.45"),
        (numbers.rank_share, 0.98249, "0.982"),
        (numbers.cosine, -0.1134, "−0.113"),
        (numbers.significant, 31.24, "31.2"),
        (numbers.significant, 1239.6, "1,240"),
        (numbers.significant, 0.005123, "0.00512"),
        (numbers.significant, 1.234e-7, "1.23e-07"),
        (numbers.significant, 0.0, "0"),
        (numbers.signed, -0.00512, "−0.00512"),
        (numbers.tail, 1 / 2001, "0.0005"),
        (numbers.tail, 0.3418, "0.34"),
        (numbers.tail, 1.0, "1"),
        (numbers.duration, 4.21, "4.2 s"),
        (numbers.duration, 59.7, "1 min 00 s"),
        (numbers.duration, 200.4, "3 min 20 s"),
        (numbers.duration, 7530.0, "2 h 05 min"),
    ],
)
def test_a_figure_has_the_digits_it_deserves(write: object, value: float, written: str) -> None:
    assert callable(write)
    assert write(value) == written


@given(figures)
def test_a_hyphen_alone_always_means_missing(value: float) -> None:
    writers = (numbers.points, numbers.signed_points, numbers.ratio, numbers.cosine, numbers.significant)
    assert not any(write(value).startswith("-") for write in writers)
    assert all(write(Absent("no judge")) == "-" for write in writers)


@given(figures.filter(lambda value: abs(value) > 1e-5))
def test_three_significant_digits_are_within_half_a_percent(value: float) -> None:
    read = float(numbers.significant(value).replace("−", "-").replace(",", ""))
    assert math.isclose(read, value, rel_tol=0.00501)


@given(figures)
def test_a_signed_figure_is_the_plain_one_with_its_sign(value: float) -> None:
    signed = numbers.signed_points(value)
    assert signed.lstrip("+") == numbers.points(value)
    assert signed.startswith("+") == (round(value, 1) > 0)


def test_an_interval_is_written_with_one_number_of_decimals() -> None:
    estimate = Estimate(0.0024, -0.0676, 0.0724, 60, "prompts")
    assert numbers.shift_interval(estimate) == "+0.0024 [−0.0676, 0.0724]"
    assert numbers.points_interval(Estimate(41.26, 31.04, 52.17, 20, "questions")) == "+41.3 [31.0, 52.2]"
    assert numbers.shift_interval(Estimate(0.0, 0.0, 0.0, 9, "prompts")) == "0 [0, 0]"


def test_a_mean_has_the_decimals_of_its_scale() -> None:
    assert numbers.on_scale(-0.00445, 0.776) == "−0.004"
    assert numbers.on_scale(12.34, 350.0) == "+12"
    assert numbers.on_scale(0.0, 0.0) == "0"


def test_a_missing_figure_keeps_its_reason() -> None:
    assert numbers.reason(Absent("no judge")) == "no judge"
    assert numbers.reason(1.0) == ""


def test_numbers_at_any_depth_must_be_finite() -> None:
    check_finite({"a": [1.0, (2.0, Absent("nothing"))]}, "view")
    with pytest.raises(ValueError, match=r"view\['a'\]\[1\] is nan"):
        check_finite({"a": [1.0, float("nan")]}, "view")
