from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from traitscope.comparison import (
    LayerShift,
    controls_above,
    deciding_layers,
    inside,
    null_count,
    pooled_scores,
    spread,
)

Stream = list[np.ndarray]


def stream(seed: int, layers: int = 3, tokens: int = 120, width: int = 24, rank: int = 10) -> Stream:
    """Centred response-token residuals: `rank` contents run through all layers, dimensions differ in size."""
    draws = np.random.default_rng(seed)
    content = draws.normal(size=(tokens, rank))
    found = []
    for _ in range(layers):
        mixing = draws.normal(size=(rank, width)) * np.geomspace(1, 0.1, rank)[:, None]
        residuals = content @ mixing + 0.3 * draws.normal(size=(tokens, width))
        residuals *= np.exp(draws.normal(0, 1, width))
        found.append(residuals - residuals.mean(0))
    return found


def mixtures(residuals: Stream, k: int, seed: int) -> list[np.ndarray]:
    """Directions of the data's own covariance, the same mixture of tokens at every layer, (k, width) each."""
    weights = np.random.default_rng(seed).normal(size=(k, len(residuals[0])))
    return [weights @ layer for layer in residuals]


def evidence(
    residuals: Stream, deltas: list[np.ndarray], directions: list[np.ndarray]
) -> Iterator[tuple[LayerShift, np.ndarray]]:
    for layer, delta, traits in zip(residuals, deltas, directions, strict=True):
        yield LayerShift(delta, spread(layer)[1], traits), layer


def test_the_score_is_the_mean_cosine_of_spread_divided_shift_and_direction():
    residuals = stream(0)
    directions = mixtures(residuals, 2, 1)
    deltas = [one[0] for one in mixtures(residuals, 1, 2)]
    found = inside(evidence(residuals, deltas, directions))
    for trait in range(2):
        cosines = []
        for layer, delta, traits in zip(residuals, deltas, directions, strict=True):
            a, b = delta / layer.std(0), traits[trait] / layer.std(0)
            cosines.append(a @ b / np.sqrt((a @ a) * (b @ b)))
        np.testing.assert_allclose(found.by_layer[:, trait], cosines)
        assert found.scores[trait] == pytest.approx(np.mean(cosines))


def test_the_scores_alone_are_those_of_the_whole():
    residuals = stream(0)
    directions, deltas = mixtures(residuals, 3, 1), [one[0] for one in mixtures(residuals, 1, 2)]
    shifts = [shift for shift, _ in evidence(residuals, deltas, directions)]
    np.testing.assert_allclose(pooled_scores(shifts), inside(evidence(residuals, deltas, directions)).scores)


def test_a_shift_planted_along_one_trait_is_found_first_with_a_small_tail_share():
    for seed in range(10):
        residuals = stream(seed, width=64, rank=40)
        draws = np.random.default_rng(seed + 100)
        directions = mixtures(residuals, 6, seed + 50)
        common = mixtures(residuals, 1, seed + 70)  # any fine-tune moves the whole stream somewhere
        planted = int(draws.integers(6))
        deltas = [v[planted] + 0.5 * c[0] for v, c in zip(directions, common, strict=True)]
        found = inside(evidence(residuals, deltas, directions), seed)
        assert np.argmax(np.abs(found.scores)) == planted
        assert found.scores[planted] > 0.5 and found.tail_shares[planted] < 0.01
        assert inside(evidence(residuals, [-d for d in deltas], directions), seed).scores[planted] < -0.5


def test_a_massive_dimension_that_any_change_moves_does_not_decide():
    residuals = stream(3)
    for layer in residuals:
        layer[:, 0] *= 3000 / layer[:, 0].std()
    sigmas = [layer.std(0) for layer in residuals]
    draws = np.random.default_rng(5)
    planted, leaning = (draws.normal(size=24) for _ in range(2))
    planted[0], leaning[0] = 0.0, 1.0  # in units of the spread: one dimension among many
    moved = planted + 0.8 * (np.arange(24) == 0)
    directions = [np.stack([planted, leaning]) * sigma for sigma in sigmas]
    deltas = [moved * sigma for sigma in sigmas]
    scores = inside(evidence(residuals, deltas, directions)).scores
    assert scores[0] > 0.9 and abs(scores[1]) < 0.5
    raw = [v @ d / np.linalg.norm(v, axis=1) for v, d in zip(directions, deltas, strict=True)]
    raw_planted, raw_leaning = np.mean(raw, axis=0)
    assert raw_leaning > 2 * raw_planted  # the plain projection names the other trait


def test_tail_shares_of_directions_that_mean_nothing_are_uniform():
    """Trap 13: the null is treated alike, so that 5 % of meaningless directions fall into its last 5 %."""
    shares = []
    for seed in range(200):
        residuals = stream(seed, layers=2, tokens=40, width=12)
        direction = mixtures(residuals, 1, seed + 1000)
        deltas = [one[0] for one in mixtures(residuals, 1, seed + 2000)]  # a shift as large as any
        shares.append(float(inside(evidence(residuals, deltas, direction), seed).tail_shares[0]))
    assert stats.kstest(shares, "uniform").pvalue > 0.001
    for level in (0.05, 0.2, 0.5):
        assert stats.binomtest(sum(share <= level for share in shares), 200, level).pvalue > 0.001


def test_isotropic_directions_would_be_too_easy_a_null():
    """A meaningless direction of the data's covariance is far out among isotropic ones."""
    alarms = 0
    for seed in range(60):
        residuals = stream(seed, layers=1, tokens=40, width=60)
        sigma = residuals[0].std(0)
        delta = mixtures(residuals, 1, seed + 2000)[0][0] / sigma
        direction = mixtures(residuals, 1, seed + 1000)[0][0] / sigma
        around = np.random.default_rng(seed).normal(size=(500, 60))
        cosines = around @ delta / np.linalg.norm(around, axis=1) / np.linalg.norm(delta)
        score = direction @ delta / np.linalg.norm(direction) / np.linalg.norm(delta)
        alarms += np.mean(np.abs(cosines) >= abs(score)) <= 0.05
    assert alarms > 15  # 3 would be its promise


@settings(max_examples=20)
@given(st.integers(0, 100), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_units_of_dimensions_and_lengths_of_directions_change_nothing(seed, unit, length):
    residuals = stream(seed, layers=2)
    directions, deltas = mixtures(residuals, 2, 1), [one[0] for one in mixtures(residuals, 1, 2)]
    scale = np.where(np.arange(24) % 2, unit, 1.0)
    scaled = inside(
        evidence(
            [layer * scale for layer in residuals],
            [delta * scale * length for delta in deltas],
            [traits * scale / length for traits in directions],
        )
    )
    plain = inside(evidence(residuals, deltas, directions))
    np.testing.assert_allclose(scaled.scores, plain.scores, atol=1e-6)
    np.testing.assert_allclose(scaled.null, plain.null, atol=1e-4)


def test_the_same_variant_on_both_sides_scores_exactly_nothing():
    residuals = stream(0)
    found = inside(evidence(residuals, [np.zeros(24)] * 3, mixtures(residuals, 2, 1)))
    assert found.scores.tolist() == [0, 0] and found.tail_shares.tolist() == [1, 1]


def test_dimensions_without_spread_are_left_out():
    residuals = stream(0)
    directions, deltas = mixtures(residuals, 2, 1), [one[0] for one in mixtures(residuals, 1, 2)]
    plain = inside(evidence(residuals, deltas, directions))
    flat = [np.hstack([layer, np.full((120, 1), 1e-9) * np.arange(120)[:, None]]) for layer in residuals]
    longer = [np.append(delta, 7.0) for delta in deltas]
    wider = [np.hstack([traits, np.full((2, 1), 3.0)]) for traits in directions]
    found = inside(evidence(flat, longer, wider))
    np.testing.assert_allclose(found.scores, plain.scores)
    np.testing.assert_allclose(found.null, plain.null, atol=1e-5)


def test_a_seed_draws_the_same_null_and_the_band_holds_its_middle():
    residuals = stream(0)
    directions, deltas = mixtures(residuals, 2, 1), [one[0] for one in mixtures(residuals, 1, 2)]
    one, again, other = (inside(evidence(residuals, deltas, directions), seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.null, again.null)
    assert not np.allclose(one.null, other.null)
    low, high = one.band
    assert np.mean((one.null < low) | (one.null > high)) == pytest.approx(0.05, abs=0.002)


def test_each_null_direction_is_one_mixture_through_all_layers():
    """With two equal layers the pooled null is that of one: independent draws would shrink it."""
    layer = stream(0)[0]
    directions, delta = mixtures([layer], 1, 1)[0], mixtures([layer], 1, 2)[0][0]
    once = inside(evidence([layer], [delta], [directions]))
    twice = inside(evidence([layer] * 2, [delta] * 2, [directions] * 2))
    np.testing.assert_allclose(once.null, twice.null, atol=1e-6)


def test_layers_are_met_one_at_a_time():
    held: list[str] = []

    def layers() -> Iterator[tuple[LayerShift, np.ndarray]]:
        for layer in stream(0):
            held.append("given")
            yield LayerShift(layer[0], layer.std(0), layer[1:3]), layer
            held.append("used")

    inside(layers())
    assert held == ["given", "used"] * 3


def test_what_cannot_be_scored_is_refused():
    layer = stream(0)[0]
    shift = LayerShift(layer[0], layer.std(0), layer[1:3])
    with pytest.raises(ValueError, match="at least one layer"):
        inside([])
    with pytest.raises(ValueError, match="there are none"):
        inside([(shift, layer[:0])])
    with pytest.raises(ValueError, match="differ between layers"):
        inside([(shift, layer), (shift, layer[:-1])])
    for broken in (
        shift._replace(delta=np.full(24, np.nan)),
        shift._replace(sigma=np.full(24, np.inf)),
        shift._replace(directions=np.full((2, 24), np.nan)),
    ):
        with pytest.raises(ValueError, match="finite"):
            inside([(broken, layer)])


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


@given(st.integers(1, 200))
def test_enough_null_directions_are_drawn_that_holms_hardest_step_can_be_met(traits):
    assert null_count(traits) >= 2000
    assert traits / (null_count(traits) + 1) <= 0.05


def test_controls_that_score_as_far_out_are_counted_on_both_sides():
    assert controls_above(0.3, [0.1, -0.3, 0.5, -0.2]) == 2
    assert controls_above(-0.6, []) == 0
