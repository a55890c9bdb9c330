import numpy as np
import pytest
from streams import WIDTH, cosine, layer, shifts, sigma_of

from traitscope.comparison import DECIDING, Metric, Scenes, blocks, resampling, score_interval, scores

PLAIN = Metric(np.ones(WIDTH), np.zeros((0, WIDTH)))


def scenes(positive: np.ndarray, negative: np.ndarray, clusters: np.ndarray | None = None) -> Scenes:
    signed = np.concatenate([positive / len(positive), -negative / len(negative)])
    alone = np.arange(len(signed))
    return Scenes(signed, alone if clusters is None else clusters, alone < len(positive))


def noisy(seed: int, noise: float, count: int, middle: np.ndarray) -> np.ndarray:
    return middle + noise * np.random.default_rng(seed).normal(size=(count, len(middle)))


def measured(moved: np.ndarray, found: Scenes, metric: Metric = PLAIN) -> float:
    direction = found.signed.sum(0)[None]
    return float(scores("cosine", metric, moved.mean(0), direction, 1.0)[0])


def test_without_noise_the_interval_is_the_score():
    moved = np.repeat(shifts(0, 1), 9, axis=0)
    layers = [layer(0), layer(1)]
    metrics = [one.metrics[DECIDING.statistic] for one in layers]
    up, down = shifts(1, 2)
    some = [scenes(np.repeat(up[None, n], 5, 0), np.repeat(down[None, n], 4, 0)) for n in range(2)]
    expected = np.mean(
        [cosine(moved[0, n], up[n] - down[n], np.diag(1 / sigma_of(layers[n]) ** 2)) for n in range(2)]
    )
    assert score_interval(moved, some, metrics, 0) == pytest.approx((expected, expected))


def test_a_common_mean_of_all_scenes_changes_nothing_however_often_a_pole_is_drawn():
    moved, middle = shifts(0, 12, layers=1), shifts(1, 2)[:, 0]
    up, down = noisy(2, 0.5, 9, middle[0]), noisy(3, 0.5, 6, middle[1])
    plain = score_interval(moved, [scenes(up, down)], [PLAIN], 0)
    assert score_interval(moved, [scenes(up + 500, down + 500)], [PLAIN], 0) == pytest.approx(plain)


def test_more_noise_of_prompts_and_of_scenes_makes_it_wider():
    middle, pole = shifts(0, 2)[:, 0]

    def width(prompts: float, written: float) -> float:
        some = scenes(noisy(1, written, 20, pole), noisy(2, written, 20, -pole))
        low, high = score_interval(noisy(3, prompts, 20, middle)[:, None], [some], [PLAIN], 0)
        return high - low

    assert width(0, 0) < 1e-9 < width(0.1, 0) < width(0.5, 0)
    assert width(0, 0) < width(0, 0.1) < width(0, 0.5)
    assert width(0.3, 0) < width(0.3, 0.5)


def test_scenes_of_a_cluster_are_no_replicates():
    middle, pole = shifts(0, 2)[:, 0]
    few = noisy(1, 0.5, 4, pole), noisy(2, 0.5, 4, -pole)
    copied = scenes(*(np.repeat(one, 10, axis=0) for one in few), np.repeat(np.arange(8), 10))
    alone = scenes(*(np.repeat(one, 10, axis=0) for one in few))
    moved = noisy(3, 0, 10, middle)[:, None]
    (low, high), (inner, outer) = (score_interval(moved, [one], [PLAIN], 0) for one in (copied, alone))
    assert high - low > 2 * (outer - inner)


@pytest.mark.parametrize("width", [4, 60])
def test_it_covers_what_as_many_other_prompts_and_scenes_score(monkeypatch, width):
    """Percentiles of resampled cosines, not laid about the score, would miss it in a wide stream."""
    monkeypatch.setattr(resampling, "RESAMPLES", 300)
    drawn = np.random.default_rng(0)
    middle = drawn.normal(size=width)
    pole = 0.5 * middle + drawn.normal(size=width)
    metric = Metric(np.ones(width), np.zeros((0, width)))
    found, ends = [], []
    for seed in range(150):
        moved = noisy(3 * seed, 1.0, 24, middle)
        some = scenes(noisy(3 * seed + 1, 1.0, 20, pole / 2), noisy(3 * seed + 2, 1.0, 20, -pole / 2))
        found.append(measured(moved, some, metric))
        ends.append(score_interval(moved[:, None], [some], [metric], seed))
    usual = np.mean(found)
    covered = np.mean([low <= usual <= high for low, high in ends])
    assert 0.88 <= covered <= 1
    assert all(low <= score <= high for score, (low, high) in zip(found, ends, strict=True))


def test_no_shift_has_an_interval_of_nothing(recwarn):
    some = scenes(*np.random.default_rng(0).normal(size=(2, 6, WIDTH)))
    assert score_interval(np.zeros((8, 1, WIDTH)), [some], [PLAIN], 0) == (0, 0)
    assert not recwarn.list


def test_the_seed_decides_and_the_ends_stay_within_one():
    some = scenes(*np.random.default_rng(0).normal(size=(2, 6, WIDTH)))
    moved = shifts(1, 8, layers=1)
    one, again, other = (score_interval(moved, [some], [PLAIN], seed) for seed in (1, 1, 2))
    assert one == again != other
    assert -1 <= one[0] <= one[1] <= 1


def test_many_prompts_are_averaged_into_blocks_that_hold_each_once():
    few = shifts(0, 5)
    assert blocks(few, 0) is few
    many = np.random.default_rng(0).normal(size=(2 * resampling.MOST_PROMPTS, 1, 2))
    made = blocks(many, 0)
    assert made.shape == (resampling.MOST_PROMPTS, 1, 2)
    np.testing.assert_allclose(made.mean(0), many.mean(0))
    numbers = np.arange(2.0 * resampling.MOST_PROMPTS).reshape(-1, 1, 1)
    assert blocks(numbers, 3).sum() * 2 == pytest.approx(numbers.sum())
    np.testing.assert_array_equal(blocks(many, 1), blocks(many, 1))
    assert (blocks(many, 1) != blocks(many, 2)).any()
