import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax, rel_entr

from traitscope.comparison import mean_divergence, relative_shift


def logits(seed: int, tokens: int = 4, vocabulary: int = 30) -> np.ndarray:
    return log_softmax(np.random.default_rng(seed).normal(0, 2, (tokens, vocabulary)), axis=1)


@given(st.integers(0, 500))
def test_the_divergence_is_exact_where_the_candidates_are_the_whole_vocabulary(seed):
    before, after = logits(seed), logits(seed + 1000)
    exact = rel_entr(np.exp(after), np.exp(before)).sum(1).mean()
    assert mean_divergence([before], [after]) == pytest.approx(exact, rel=1e-9)
    rounded = mean_divergence([before.astype(np.float32)], [after.astype(np.float32)])
    assert rounded == pytest.approx(exact, rel=1e-4, abs=1e-5)


@given(st.integers(0, 500), st.integers(1, 29))
def test_of_fewer_candidates_it_is_a_lower_bound_that_grows_with_them(seed, count):
    before, after = logits(seed, tokens=1), logits(seed + 1000, tokens=1)
    order = np.argsort(-before[0])
    few, more = (mean_divergence([before[:, order[:k]]], [after[:, order[:k]]]) for k in (count, count + 1))
    exact = rel_entr(np.exp(after), np.exp(before)).sum()
    assert 0 <= few <= more + 1e-6 and more <= exact + 1e-6


def test_two_candidates_by_hand():
    p, q = np.array([[0.5, 0.25]]), np.array([[0.25, 0.25]])
    # a quarter is left before, a half after
    expected = 0.25 * np.log(0.5) + 0 + 0.5 * np.log(2)
    assert mean_divergence([np.log(p)], [np.log(q)]) == pytest.approx(expected)


def test_answers_are_averaged_first_so_that_a_long_one_weighs_no_more():
    short, long = (logits(0, 2), logits(1, 2)), (logits(2, 20), logits(3, 20))
    both = mean_divergence([short[0], long[0]], [short[1], long[1]])
    assert both == pytest.approx(
        (mean_divergence([short[0]], [short[1]]) + mean_divergence([long[0]], [long[1]])) / 2
    )


@given(st.integers(0, 100))
def test_the_same_variant_does_not_diverge_from_itself_at_all(seed):
    one = logits(seed).astype(np.float32)[:, :9]
    assert mean_divergence([one], [one.copy()]) == 0


def test_a_candidate_that_has_become_impossible_adds_nothing(recwarn):
    with np.errstate(divide="ignore"):
        before, after = np.log(np.array([[0.5, 0.5]])), np.log(np.array([[1.0, 0.0]]))
    assert mean_divergence([before], [after]) == pytest.approx(np.log(2))
    assert not recwarn.list


def test_rounding_of_what_is_left_does_not_inflate_the_bound():
    before = np.log(np.array([[1 - 1e-7]], np.float64)).astype(np.float32)
    after = np.log(np.array([[0.99]])).astype(np.float32)
    exact = 0.99 * np.log(0.99) + 0.01 * np.log(0.01 / 1e-7)
    assert mean_divergence([before], [after]) <= exact


def test_unlike_shapes_and_empty_answers_are_refused():
    with pytest.raises(ValueError, match="shapes"):
        mean_divergence([logits(0)], [logits(0)[:, :3]])
    with pytest.raises(ValueError, match="shapes"):
        mean_divergence([logits(0)[:0]], [logits(0)[:0]])


def test_the_dose_is_the_shifts_length_as_a_share_of_the_streams():
    shifts = np.array([[3.0, 4.0], [0.0, 1.0]])
    assert relative_shift(shifts, np.array([10.0, 4.0])) == pytest.approx((0.5 + 0.25) / 2)
