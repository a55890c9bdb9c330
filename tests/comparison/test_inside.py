from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams import WIDTH, layer, shifts, sigma_of

from traitscope.comparison import (
    DRAWN,
    STATISTICS,
    Foreign,
    Structure,
    deciding_layers,
    drawn_null,
    every_score,
    foreign_null,
    foreign_weights,
    layer_scores,
    null_scores,
    scores,
    standing,
)
from traitscope.comparison.null import covariance_draws, isotropic_draws

TOPICS = [topic for topic in range(4) for _ in range(3)]


def test_the_score_is_the_mean_cosine_of_spread_divided_shift_and_direction():
    layers, delta = [layer(0), layer(1)], shifts(2, 1)[0]
    found = layer_scores("spread", delta, layers)
    for number, one in enumerate(layers):
        for trait, v in enumerate(one.directions):
            a, b = delta[number] / sigma_of(one), v / sigma_of(one)
            assert found[number, trait] == pytest.approx(a @ b / np.sqrt((a @ a) * (b @ b)))
    every = every_score(delta, layers)
    assert list(every) == list(STATISTICS)
    np.testing.assert_array_equal(every["spread"], found)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_foreign_contrasts_score_as_their_written_out_directions(statistic):
    layers, moved = [layer(0), layer(1)], shifts(2, 3)
    drawn = np.random.default_rng(3)
    # A common mean far longer than the differences: weights sum to 0 only to within float32.
    bank = [drawn.normal(size=(12, WIDTH)) + 1e4 for _ in layers]
    weights = [foreign_weights(Structure((1, 2), (1, 1)), TOPICS, 7, seed) for seed in (0, 1)]
    found = null_scores(foreign_null(statistic, layers, Foreign(bank, weights)), moved)
    assert found.shape == (3, 2, 7)
    for shift in range(3):
        for trait, those in enumerate(weights):
            exact = np.round(those.astype(np.float64) * 6) / 6
            expected = np.mean(
                [
                    scores(
                        statistic,
                        one.metrics[statistic],
                        moved[shift, number],
                        exact @ bank[number],
                        one.length,
                    )
                    for number, one in enumerate(layers)
                ],
                axis=0,
            )
            np.testing.assert_allclose(found[shift, trait], expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("null", DRAWN)
def test_drawn_directions_score_as_written_out(null, statistic):
    layers, moved = [layer(0), layer(1)], shifts(2, 3)
    found = null_scores(drawn_null(null, statistic, layers, 9, [4, 5]), moved)
    assert found.shape == (3, 2, 9)
    for trait, seed in enumerate((4, 5)):
        over, along = covariance_draws(9, len(layers[0].leading), WIDTH, seed)
        same = isotropic_draws(9, WIDTH, seed)
        for shift in range(3):
            expected = np.mean(
                [
                    scores(
                        statistic,
                        one.metrics[statistic],
                        moved[shift, number],
                        same if null == "isotropic" else over @ one.leading + along * np.sqrt(one.rest),
                        one.length,
                    )
                    for number, one in enumerate(layers)
                ],
                axis=0,
            )
            np.testing.assert_allclose(found[shift, trait], expected)


@pytest.mark.parametrize("null", ["isotropic", "covariance"])
def test_each_null_direction_is_one_mixture_through_all_layers(null):
    """With two equal layers the pooled null is that of one: independent draws would shrink it."""
    one, moved = layer(0), shifts(1, 1, layers=1)
    once, other = null_scores(drawn_null(null, "spread", [one], 50, [3, 4]), moved)[0]
    repeated = drawn_null(null, "spread", [one, one], 50, [3])
    np.testing.assert_allclose(once, null_scores(repeated, np.repeat(moved, 2, axis=1))[0, 0])
    assert not np.allclose(once, other)


def test_scores_of_covariance_draws_spread_as_the_covariance_says():
    """Held against numpy's own draws of that covariance."""
    one, moved = layer(0, width=200), shifts(1, 1, layers=1, width=200)
    found = null_scores(drawn_null("covariance", "spread", [one], 4000, [0]), moved)[0, 0]
    sigma, delta = sigma_of(one), moved[0, 0]
    covariance = one.leading.T @ one.leading + np.diag(one.rest)
    drawn = np.random.default_rng(1).multivariate_normal(np.zeros(200), covariance, 4000, method="cholesky")
    a, b = delta / sigma, drawn / sigma
    expected = b @ a / np.linalg.norm(b, axis=1) / np.linalg.norm(a)
    assert found.std() == pytest.approx(expected.std(), rel=0.06)
    assert abs(found.mean()) < 4 * expected.std() / np.sqrt(4000)


def test_isotropic_directions_would_be_too_easy_a_null():
    """A meaningless direction of the data's covariance is far out among isotropic ones."""
    alarms = 0
    for seed in range(60):
        one = layer(seed, width=60)
        drawn = np.random.default_rng(seed)
        delta, direction = (
            drawn.normal(size=len(one.leading)) @ one.leading + drawn.normal(size=60) * np.sqrt(one.rest)
            for _ in range(2)
        )
        around = null_scores(drawn_null("isotropic", "spread", [one], 500, [seed]), delta[None, None])[0, 0]
        score = scores("spread", one.metrics["spread"], delta, direction[None], one.length)[0]
        alarms += np.mean(np.abs(around) >= abs(score)) <= 0.05
    assert alarms > 15  # 3 would be its promise


def test_a_shift_planted_along_one_trait_is_found_first_with_a_small_tail_share():
    for seed in range(10):
        drawn = np.random.default_rng(seed)
        layers = [layer(10 * seed + number, width=200, rank=40) for number in range(3)]
        mixing = drawn.normal(size=(7, 40)), drawn.normal(size=(7, 200))
        # Six traits and a common shift, as any fine-tune moves the whole stream somewhere.
        made = [mixing[0] @ one.leading + mixing[1] * np.sqrt(one.rest) for one in layers]
        layers = [replace(one, directions=those[:6]) for one, those in zip(layers, made, strict=True)]
        planted = int(drawn.integers(6))
        delta = np.stack([those[planted] + 0.5 * those[6] for those in made])
        drawn_directions = drawn_null("covariance", "spread", layers, 400, range(99, 105))
        null = null_scores(drawn_directions, delta[None])[0]
        for sign in (1, -1):
            scored = layer_scores("spread", sign * delta, layers).mean(0)
            found = standing(scored, sign * null)
            assert np.argmax(np.abs(scored)) == planted and sign * scored[planted] > 0.5
            assert found.tail[planted] < 0.01 and found.family[planted] <= 0.05


def test_the_same_variant_on_both_sides_scores_exactly_nothing(recwarn):
    layers, nothing = [layer(0), layer(1)], np.zeros((1, 2, WIDTH))
    weights = [foreign_weights(Structure((1,), (1,)), TOPICS, 5, 0)]
    bank = [np.random.default_rng(0).normal(size=(12, WIDTH))] * 2
    assert not null_scores(foreign_null("spread", layers, Foreign(bank, weights)), nothing).any()
    for null in DRAWN:
        assert not null_scores(drawn_null(null, "spread", layers, 5, [0]), nothing).any()
    assert not layer_scores("spread", nothing[0], layers).any()
    assert not recwarn.list


@pytest.mark.parametrize(
    "n_layers, expected",
    [(30, range(21, 28)), (80, range(56, 75)), (10, range(7, 10)), (4, [3]), (3, [2]), (2, [1]), (1, [0])],
)
def test_the_deciding_layers_are_the_late_ones_but_the_last(n_layers, expected):
    assert deciding_layers(n_layers) == tuple(expected)


@given(st.integers(6, 300))
def test_the_deciding_range_is_half_open(n_layers):
    layers = deciding_layers(n_layers)
    assert 0.7 * n_layers <= layers[0] + 1e-9 and layers[-1] < 0.93 * n_layers
    assert layers[0] - 1 < 0.7 * n_layers and layers[-1] + 1 >= 0.93 * n_layers - 1e-9
