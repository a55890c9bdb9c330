import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams import WIDTH, cosine, layer, shifts, sigma_of

from traitscope.comparison import STATISTICS, metrics, scores

seeds = st.integers(0, 1000)


def matrices(one):
    """Each statistic's inner product, written out."""
    sigma = sigma_of(one)
    covariance = one.leading.T @ one.leading + np.diag(one.rest)
    return {
        "projection": np.eye(WIDTH),
        "cosine": np.eye(WIDTH),
        "spread": np.diag(1 / sigma**2),
        "whitened": np.linalg.inv(0.9 * covariance + 0.1 * np.diag(sigma**2)),
    }


@given(seeds)
def test_each_metric_is_the_matrix_that_it_stands_for(seed):
    one = layer(seed)
    vectors = shifts(seed + 1, 5)[:, 0]
    for statistic, matrix in matrices(one).items():
        np.testing.assert_allclose(
            one.metrics[statistic].times(vectors), vectors @ matrix, rtol=1e-7, atol=1e-9
        )


@given(seeds)
def test_scores_are_the_written_formulas(seed):
    one, delta = layer(seed), shifts(seed + 1, 1)[0, 0]
    found = {name: scores(name, one.metrics[name], delta, one.directions, one.length) for name in STATISTICS}
    for number, v in enumerate(one.directions):
        for name in ("cosine", "spread", "whitened"):
            assert found[name][number] == pytest.approx(cosine(delta, v, matrices(one)[name]))
        assert found["projection"][number] == pytest.approx(delta @ v / np.linalg.norm(v) / 7.0)


def test_a_whitened_shift_is_that_of_scikit_learns_shrunk_covariance():
    """Where the leading directions are all there is: 0.9 of the covariance and 0.1 of its diagonal."""
    from sklearn.covariance import empirical_covariance

    tokens = np.random.default_rng(0).normal(size=(40, 6)) @ np.random.default_rng(1).normal(size=(6, 6))
    tokens -= tokens.mean(0)
    covariance = empirical_covariance(tokens, assume_centered=True)
    found = metrics(np.sqrt(np.diag(covariance)), tokens / np.sqrt(40), np.zeros(6))["whitened"]
    shrunk = 0.9 * covariance + 0.1 * np.diag(np.diag(covariance))
    np.testing.assert_allclose(found.times(np.eye(6)), np.linalg.inv(shrunk), rtol=1e-8)


def test_several_shifts_score_as_each_alone():
    one, several = layer(0), shifts(1, 4)[:, 0]
    for name in STATISTICS:
        together = scores(name, one.metrics[name], several, one.directions, one.length)
        alone = [scores(name, one.metrics[name], delta, one.directions, one.length) for delta in several]
        np.testing.assert_allclose(together, alone)


@given(seeds, st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_lengths_of_directions_never_count_and_of_shifts_only_for_the_projection(seed, longer, shift):
    one, delta = layer(seed), shifts(seed + 1, 1)[0, 0]
    for name in STATISTICS:
        plain = scores(name, one.metrics[name], delta, one.directions, one.length)
        scaled = scores(name, one.metrics[name], delta * shift, one.directions * longer, one.length)
        np.testing.assert_allclose(
            scaled, plain * (shift if name == "projection" else 1), rtol=1e-7, atol=1e-12
        )
        turned = scores(name, one.metrics[name], -delta, one.directions, one.length)
        np.testing.assert_allclose(turned, -plain)


@given(seeds, st.floats(1e-2, 1e2))
def test_units_of_dimensions_do_not_count_once_the_spread_is_divided_out(seed, unit):
    one, delta = layer(seed), shifts(seed + 1, 1)[0, 0]
    scale = np.where(np.arange(WIDTH) % 2, unit, 1.0)
    other = metrics(sigma_of(one) * scale, one.leading * scale, one.rest * scale**2)
    for name in ("spread", "whitened"):
        plain = scores(name, one.metrics[name], delta, one.directions, 7.0)
        scaled = scores(name, other[name], delta * scale, one.directions * scale, 7.0)
        np.testing.assert_allclose(scaled, plain, rtol=1e-6, atol=1e-9)


def test_dimensions_without_spread_are_left_out():
    one, delta = layer(0), shifts(1, 1)[0, 0]
    flat = np.append(sigma_of(one), [0.0, 1e-9])
    wider = metrics(flat, np.pad(one.leading, ((0, 0), (0, 2))), np.append(one.rest, [0.0, 1e-18]))
    for name in ("spread", "whitened"):
        plain = scores(name, one.metrics[name], delta, one.directions, 7.0)
        directions = np.pad(one.directions, ((0, 0), (0, 2)), constant_values=3)
        found = scores(name, wider[name], np.append(delta, [5.0, 7.0]), directions, 7.0)
        np.testing.assert_allclose(found, plain)


def test_a_massive_dimension_that_any_change_moves_does_not_decide():
    drawn = np.random.default_rng(5)
    sigma = np.ones(24)
    sigma[0] = 3000
    planted, leaning = drawn.normal(size=24), drawn.normal(size=24)
    planted[0], leaning[0] = 0.0, 1.0  # in units of the spread: one dimension among many
    delta = (planted + 0.8 * (np.arange(24) == 0)) * sigma
    directions = np.stack([planted, leaning]) * sigma
    found = metrics(sigma, np.zeros((0, 24)), sigma**2)
    spread = scores("spread", found["spread"], delta, directions, 1.0)
    assert spread[0] > 0.9 and abs(spread[1]) < 0.5
    raw = scores("cosine", found["cosine"], delta, directions, 1.0)
    assert raw[1] > 2 * raw[0]  # the plain cosine names the other trait


def test_no_shift_and_no_direction_score_exactly_nothing(recwarn):
    one = layer(0)
    for name in STATISTICS:
        assert not scores(name, one.metrics[name], np.zeros(WIDTH), one.directions, 7.0).any()
        assert not scores(name, one.metrics[name], np.ones(WIDTH), np.zeros((2, WIDTH)), 7.0).any()
    assert not recwarn.list


def test_what_is_not_finite_is_refused():
    one = layer(0)
    with pytest.raises(ValueError, match="spread"):
        metrics(np.full(3, np.nan), np.zeros((0, 3)), np.ones(3))
    with pytest.raises(ValueError, match="finite"):
        scores("spread", one.metrics["spread"], np.full(WIDTH, np.inf), one.directions, 7.0)
    with pytest.raises(ValueError, match="finite"):
        scores("spread", one.metrics["spread"], np.ones(WIDTH), np.full((1, WIDTH), np.nan), 7.0)
