import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.statistics import isotropic_directions, tail_share, token_weights, weight_blocks


def test_tail_share_counts_both_tails_and_the_score_itself():
    null = np.array([-3.0, -1.0, 0.5, 2.0])
    assert tail_share(2.0, null) == pytest.approx((1 + 2) / 5)
    assert tail_share(-4.0, null) == pytest.approx(1 / 5)
    assert tail_share(0.0, null) == 1.0


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=30), st.floats(-10, 10), st.floats(-10, 10))
def test_a_larger_score_never_has_a_larger_tail(null, one, other):
    small, large = sorted([one, other], key=abs)
    assert 0 < tail_share(large, np.array(null)) <= tail_share(small, np.array(null)) <= 1


@pytest.mark.parametrize("score, null", [(float("nan"), [1.0]), (1.0, [float("inf")]), (1.0, [])])
def test_tail_share_refuses_what_is_not_finite(score, null):
    with pytest.raises(ValueError):
        tail_share(score, np.array(null))


def test_isotropic_directions_are_unit_and_point_everywhere_alike():
    directions = isotropic_directions(4000, 8, seed=3)
    assert directions.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(directions.T @ directions / 4000, np.eye(8) / 8, atol=0.015)
    np.testing.assert_allclose(directions.mean(0), 0, atol=0.03)


def test_mixtures_with_token_weights_have_the_covariance_of_the_tokens():
    tokens = np.random.default_rng(0).normal(size=(500, 3)) * [5.0, 1.0, 0.2]
    tokens -= tokens.mean(0)
    mixtures = token_weights(20_000, 500, seed=1) @ tokens
    np.testing.assert_allclose(np.cov(mixtures.T) / 500, np.cov(tokens.T), rtol=0.06, atol=0.08)


@pytest.mark.parametrize("tokens", [1, 255, 256, 257, 1000])
def test_blocks_of_weights_are_the_weights(tokens):
    weights = token_weights(5, tokens, seed=2)
    assert weights.shape == (5, tokens) and weights.dtype == np.float32
    for columns, part in weight_blocks(5, tokens, seed=2):
        np.testing.assert_array_equal(weights[:, columns], part)


def test_more_tokens_leave_the_first_weights_as_they_were_and_another_seed_does_not():
    np.testing.assert_array_equal(token_weights(4, 700, 5)[:, :300], token_weights(4, 300, 5))
    assert not np.isclose(token_weights(4, 300, 5), token_weights(4, 300, 6)).any()


def test_no_two_blocks_repeat_each_other():
    weights = token_weights(3, 512, 0)
    assert not np.isclose(weights[:, :256], weights[:, 256:]).all(1).any()
