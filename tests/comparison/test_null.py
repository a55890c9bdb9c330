import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from traitscope.comparison import Structure, effective_rank, foreign_weights, null_count, standing
from traitscope.comparison.null import covariance_draws, isotropic_draws

TOPICS = [topic for topic in range(6) for _ in range(5)]
sizes = st.lists(st.integers(1, 4), min_size=1, max_size=8).map(tuple)


@given(sizes, sizes, st.integers(0, 100))
def test_a_contrast_weighs_two_poles_alike_and_takes_their_scenes_from_other_topics(positive, negative, seed):
    weights = foreign_weights(Structure(positive, negative), TOPICS, 20, seed)
    assert weights.shape == (20, 30) and weights.dtype == np.float32
    np.testing.assert_allclose(weights.sum(1), 0, atol=1e-6)
    topics = np.array(TOPICS)
    for row in weights:
        np.testing.assert_allclose([row[row > 0].sum(), row[row < 0].sum()], [1, -1], atol=1e-6)
        assert not set(topics[row > 0]) & set(topics[row < 0])


@given(sizes, st.integers(0, 100))
def test_scenes_weigh_as_the_traits_clusters_do(positive, seed):
    row = foreign_weights(Structure(positive, (1, 1)), TOPICS, 1, seed)[0]
    expected = sorted(np.array(positive) / sum(positive))
    np.testing.assert_allclose(sorted(row[row > 0]), expected, atol=1e-6)
    np.testing.assert_allclose(row[row < 0], [-0.5, -0.5])


def test_a_pole_with_more_clusters_than_its_topics_have_scenes_goes_round_once_more():
    row = foreign_weights(Structure((1,) * 20, (1,)), TOPICS, 1, 0)[0]
    assert (row > 0).sum() == 15  # three of six topics
    assert set(np.round(row[row > 0] * 20).astype(int)) == {1, 2}


def test_contrasts_follow_from_the_seed():
    made = Structure((1, 2), (3,))
    np.testing.assert_array_equal(foreign_weights(made, TOPICS, 9, 1), foreign_weights(made, TOPICS, 9, 1))
    assert (foreign_weights(made, TOPICS, 9, 1) != foreign_weights(made, TOPICS, 9, 2)).any()
    with pytest.raises(ValueError, match="two"):
        foreign_weights(made, [3, 3, 3], 1, 0)


def test_every_topic_and_scene_is_drawn_as_often_as_any():
    weights = foreign_weights(Structure((1, 1, 1), (1, 1, 1)), TOPICS, 6000, 0)
    drawn = (weights != 0).sum(0)
    # The three scenes of a pole come from one topic.
    assert stats.chisquare(drawn.reshape(6, 5).sum(1) / 3).pvalue > 0.001
    assert np.abs(drawn / drawn.mean() - 1).max() < 0.15


def test_covariance_draws_have_the_covariance_and_are_the_same_at_every_layer():
    drawn = np.random.default_rng(0)
    leading, rest = drawn.normal(size=(3, 5)), drawn.uniform(0.2, 1, 5)
    over, along = covariance_draws(60_000, 3, 5, seed=1)
    directions = over @ leading + along * np.sqrt(rest)
    expected = leading.T @ leading + np.diag(rest)
    np.testing.assert_allclose(np.cov(directions.T), expected, atol=0.05 * np.abs(expected).max())
    again = covariance_draws(60_000, 3, 5, seed=1)
    np.testing.assert_array_equal(over, again[0])
    np.testing.assert_array_equal(along, again[1])
    assert (isotropic_draws(4, 5, 1) == isotropic_draws(4, 5, 1)).all()


@given(st.integers(1, 200))
def test_enough_null_directions_are_drawn_that_the_level_can_be_attained(traits):
    assert null_count(traits) >= max(2000, 400 * traits)


def test_shares_by_hand():
    null = np.array([[-2.0, -1, 0, 1, 2] * 4, [-20.0, -10, 0, 10, 20] * 4])
    found = standing(np.array([1.5, 40.0]), null)
    deviation = null.std(1, ddof=1)
    np.testing.assert_allclose(found.z, [1.5, 40] / deviation)
    # 8 of 20 draws of the first trait lie at 2 or more; both traits' draws have the same z here.
    np.testing.assert_allclose(found.tail, [9 / 21, 1 / 21])
    np.testing.assert_allclose(found.family, [9 / 21, 1 / 21])
    np.testing.assert_allclose((found.low[0], found.high[0]), np.quantile(null[0], [0.025, 0.975]))
    np.testing.assert_array_equal(found.scores, [1.5, 40])


@given(st.integers(0, 1000), st.integers(19, 60), st.integers(1, 4))
def test_a_family_share_is_that_of_the_largest_over_traits_and_never_below_the_traits_own(seed, k, traits):
    drawn = np.random.default_rng(seed)
    null = drawn.normal(size=(traits, k)) * np.arange(1, traits + 1)[:, None]
    scores = drawn.normal(0, 2, traits)
    found = standing(scores, null)
    z = np.abs((scores - null.mean(1)) / null.std(1, ddof=1))
    far = np.abs((null - null.mean(1, keepdims=True)) / null.std(1, ddof=1, keepdims=True))
    for t in range(traits):
        assert found.tail[t] == pytest.approx((1 + sum(far[t, b] >= z[t] for b in range(k))) / (k + 1))
        among = sum(any(far[u, b] >= z[t] for u in range(traits)) for b in range(k))
        assert found.family[t] == pytest.approx((1 + among) / (k + 1))
    assert (found.family >= found.tail).all()


@given(st.integers(0, 1000), st.integers(19, 400), st.sampled_from([0.05, 0.1]))
def test_what_lies_beyond_the_visible_score_is_seen_on_either_side(seed, k, level):
    drawn = np.random.default_rng(seed)
    null = drawn.normal(0.3, 1, size=(3, k)) * [[1], [5], [0.1]]
    visible = standing(np.zeros(3), null, level).visible
    for sign in (1, -1):
        assert (standing(sign * visible * (1 + 1e-9), null, level).family <= level).all()
    # On the side where the null leans, a score a little nearer to 0 is seen no more.
    middle = null.mean(1)
    assert (standing(np.sign(middle) * visible * (1 - 1e-9), null, level).family > level).all()


def test_tail_shares_of_directions_that_mean_nothing_are_uniform():
    """Trap 13: the null is treated alike, so that 5 % of meaningless directions fall into its last 5 %."""
    drawn = np.random.default_rng(0)
    tails, families = [], []
    for _ in range(1000):
        draws = drawn.standard_t(5, size=(1, 400)) * 0.1
        found = standing(draws[:, 0], draws[:, 1:])
        tails.append(float(found.tail[0]))
        families.append(float(found.family[0]))
    assert stats.kstest(tails, "uniform").pvalue > 0.001
    assert tails == families  # one trait is its own family
    for level in (0.05, 0.2, 0.5):
        assert stats.binomtest(sum(share <= level for share in tails), 1000, level).pvalue > 0.001


@pytest.mark.parametrize("together", [0.0, 0.9], ids=["apart", "overlapping"])
def test_family_shares_keep_the_error_over_all_traits(together):
    drawn = np.random.default_rng(1)
    alarms, alone = 0, 0
    for _ in range(600):
        common = drawn.normal(size=(1, 500))
        draws = np.sqrt(together) * common + np.sqrt(1 - together) * drawn.normal(size=(8, 500))
        found = standing(draws[:, 0], draws[:, 1:])
        alarms += bool((found.family <= 0.05).any())
        alone += bool((found.tail <= 0.05).any())
    assert stats.binomtest(alarms, 600, 0.05).pvalue > 0.001
    assert alone > 2 * alarms or together  # without the correction every third comparison would alarm


def test_no_shift_at_all_has_shares_of_one_and_no_warning(recwarn):
    found = standing(np.zeros(3), np.zeros((3, 50)))
    assert found.tail.tolist() == found.family.tolist() == [1, 1, 1]
    assert not (found.z.any() or found.visible.any() or found.low.any() or found.high.any())
    assert not recwarn.list


def test_a_level_that_cannot_be_attained_and_scores_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="18 null directions cannot show"):
        standing(np.zeros(1), np.random.default_rng(0).normal(size=(1, 18)))
    standing(np.zeros(1), np.random.default_rng(0).normal(size=(1, 19)))
    with pytest.raises(ValueError, match="finite"):
        standing(np.array([np.nan]), np.zeros((1, 50)))
    with pytest.raises(ValueError, match="finite"):
        standing(np.zeros(1), np.full((1, 50), np.inf))


def test_directions_all_alike_are_one_and_orthogonal_ones_as_many_as_they_are():
    assert effective_rank(np.ones((9, 4)) * np.arange(1, 10)[:, None]) == pytest.approx(1)
    assert effective_rank(np.vstack([np.eye(5), -np.eye(5)])) == pytest.approx(5)
    wide = np.random.default_rng(0).normal(size=(6, 40))
    unit = wide / np.linalg.norm(wide, axis=1, keepdims=True)
    values = np.linalg.eigvalsh(unit.T @ unit)
    assert effective_rank(wide) == pytest.approx(values.sum() ** 2 / np.square(values).sum())
