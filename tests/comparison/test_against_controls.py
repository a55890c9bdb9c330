import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from traitscope.comparison import FEWEST_CONTROLS, against_controls, others


def test_no_control_of_a_cases_own_kind_is_held_against_it():
    kinds = ["noise", "format", "noise", "dose"]
    assert others(kinds, "noise") == [1, 3]
    assert others(kinds, None) == [0, 1, 2, 3]
    assert others(["noise"], "noise") == []


def test_controls_that_score_as_far_out_are_counted_on_both_sides():
    controls = np.array([[0.1, 0.0], [-0.3, 0.0], [0.5, 0.0], [-0.2, 0.0]])
    assert against_controls(np.array([0.3, 0.4]), controls).above.tolist() == [2, 0]
    assert against_controls(np.array([-0.3, -0.4]), controls).above.tolist() == [2, 0]


def test_z_is_that_of_one_more_draw_by_hand():
    controls = np.array([[0.0], [0.2], [0.1], [0.3]])
    found = against_controls(np.array([0.65]), controls)
    assert found.size == 4 and found.z is not None
    # mean 0.15, deviation sqrt(0.05 / 3), and sqrt(1 + 1 / 4) for the mean's own error
    assert found.z[0] == pytest.approx(0.5 / np.sqrt(0.05 / 3 * 1.25))


def test_a_case_that_is_like_the_controls_has_a_z_of_students_t():
    drawn = np.random.default_rng(0).normal(3, 2, size=(5, 4000))
    z = against_controls(drawn[0], drawn[1:]).z
    assert stats.kstest(z, stats.t(3).cdf).pvalue > 0.001


@pytest.mark.parametrize("count", range(FEWEST_CONTROLS))
def test_few_controls_are_counted_and_are_no_measure(count):
    found = against_controls(np.array([0.5, 0.0]), np.zeros((count, 2)))
    assert found.z is None and found.size == count
    assert found.above.tolist() == [0, count]


def test_without_controls_none_is_above():
    found = against_controls(np.array([0.5]), np.zeros((0, 0)))
    assert found.above.tolist() == [0] and found.z is None


@given(st.integers(0, 200), st.floats(-5, 5), st.floats(0.1, 10))
def test_z_does_not_depend_on_where_the_scale_begins_or_on_its_unit(seed, shift, unit):
    drawn = np.random.default_rng(seed).normal(size=(7, 3))
    plain = against_controls(drawn[0], drawn[1:]).z
    moved = against_controls(drawn[0] * unit + shift, drawn[1:] * unit + shift).z
    np.testing.assert_allclose(moved, plain, rtol=1e-6)


def test_controls_that_do_not_differ_give_no_warning(recwarn):
    found = against_controls(np.array([0.4]), np.zeros((6, 1)))
    assert found.z is not None and np.isfinite(found.z).all() and not recwarn.list
