import numpy as np
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from traitscope.vectors import METHODS, Contrast, DegenerateContrast, fit, held_out
from traitscope.vectors.held_out import split_scenes

LEARNED = [method for method in METHODS if method != "random"]


def noise(n: int, width: int, seed: int, paired: bool = True) -> Contrast:
    draws = torch.Generator().manual_seed(seed)
    return Contrast(torch.randn(n, width, generator=draws), torch.randn(n, width, generator=draws), paired)


@pytest.mark.parametrize("method", METHODS)
def test_every_scene_is_scored_by_a_direction_that_never_saw_it(two_poles, method):
    contrast = two_poles(30, 20, strength=1.5)
    scenes, labels = torch.cat([contrast.positive, contrast.negative]), np.arange(60) < 30
    scores = np.full(60, np.nan)
    for test in split_scenes(30, 30, True, seed=3).folds:
        training = np.setdiff1d(np.arange(60), test)
        high, low = scenes[training[training < 30]], scenes[training[training >= 30]]
        read = fit(method, Contrast(high, low, True)).read
        scores[test] = (scenes[test] @ read - ((high @ read).mean() + (low @ read).mean()) / 2).numpy()
    found = held_out(contrast, method, seed=3)
    pooled = np.sqrt((scores[:30].var(ddof=1) + scores[30:].var(ddof=1)) / 2)
    assert found.auc == pytest.approx(roc_auc_score(labels, scores))
    assert found.accuracy == pytest.approx(balanced_accuracy_score(labels, scores > 0))
    assert found.d == pytest.approx((scores[:30].mean() - scores[30:].mean()) / pooled, rel=1e-4)


@pytest.mark.parametrize("method", [method for method in LEARNED if method != "pca"])
def test_noise_with_more_dimensions_than_scenes_separates_in_training_and_not_held_out(method):
    """Trap 11: whatever separates 40 scenes in 400 dimensions is no evidence."""
    contrast = noise(20, 400, seed=0)
    read = fit(method, contrast).read
    assert float((contrast.positive @ read).min()) > float((contrast.negative @ read).max())
    found = [held_out(noise(20, 400, seed), method, seed) for seed in range(12)]
    for name in ("auc", "accuracy", "auc_shuffled", "accuracy_shuffled", "auc_random", "accuracy_random"):
        assert np.mean([getattr(one, name) for one in found]) == pytest.approx(0.5, abs=0.1), name


@pytest.mark.parametrize("method", LEARNED)
@pytest.mark.parametrize("paired", [True, False])
def test_a_real_contrast_stands_out_from_shuffled_labels_and_a_random_direction(two_poles, method, paired):
    found = [held_out(two_poles(40, 30, 5.0, seed, paired), method, seed) for seed in range(5)]
    assert min(one.auc for one in found) > 0.9 and min(one.d for one in found) > 1.5
    assert np.mean([one.auc_shuffled for one in found]) < 0.7
    assert np.mean([one.auc_random for one in found]) < 0.8


def test_the_random_direction_takes_its_sign_from_the_training_scenes(two_poles):
    found = [held_out(two_poles(40, 6, 40.0, seed), "mean_diff", seed) for seed in range(8)]
    assert min(one.auc_random for one in found) > 0.5


def test_near_duplicates_stay_in_one_fold():
    groups = np.arange(30) // 3
    for paired, rows in ((True, np.concatenate([groups, groups])), (False, np.arange(60) // 3)):
        split = split_scenes(30, 30, paired, 1, groups if paired else rows)
        owner = np.empty(60, dtype=int)
        for fold, test in enumerate(split.folds):
            owner[test] = fold
        for group in np.unique(rows):
            assert len(set(owner[rows == group])) == 1


def test_both_scenes_of_a_pair_are_held_out_together():
    for test in split_scenes(23, 23, True, 5).folds:
        assert set(test[test < 23] + 23) == set(test[test >= 23])


@pytest.mark.parametrize("paired, n, m", [(True, 23, 23), (False, 30, 21)])
def test_every_scene_is_held_out_exactly_once_in_five_folds(paired, n, m):
    folds = split_scenes(n, m, paired, 0).folds
    assert len(folds) == 5
    assert sorted(np.concatenate(folds)) == list(range(n + m))


def test_scenes_written_twice_flatter_the_figures_unless_they_are_grouped():
    contrast = noise(12, 200, seed=4)
    twice = Contrast(
        *(torch.cat([pole, pole + 0.01]) for pole in (contrast.positive, contrast.negative)), True
    )
    groups = np.tile(np.arange(12), 2)
    assert held_out(twice, "mean_diff", 0).auc > 0.9
    assert held_out(twice, "mean_diff", 0, groups).auc < 0.75


def test_shuffled_labels_keep_one_scene_of_each_pair_on_each_side():
    split = split_scenes(40, 40, True, 2)
    assert (split.shuffled[:40] != split.shuffled[40:]).all()
    assert 5 < split.shuffled[:40].sum() < 35
    unpaired = split_scenes(40, 30, False, 2)
    assert unpaired.shuffled.sum() == 40 and (unpaired.shuffled != unpaired.labels).any()


def test_a_seed_gives_the_same_figures_again_and_another_gives_others(two_poles):
    contrast = two_poles(25, 10, 1.0)
    assert held_out(contrast, "probe", 1) == held_out(contrast, "probe", 1)
    assert held_out(contrast, "probe", 1) != held_out(contrast, "probe", 2)


def test_scenes_that_are_all_near_duplicates_cannot_be_held_out(two_poles):
    with pytest.raises(DegenerateContrast, match="near-duplicates"):
        held_out(two_poles(), "mean_diff", 0, np.zeros(40, dtype=int))


def test_groups_of_the_wrong_number_are_refused(two_poles):
    with pytest.raises(ValueError, match="pairs"):
        held_out(two_poles(), "mean_diff", 0, np.zeros(80, dtype=int))


def test_unpaired_near_duplicates_that_leave_one_pole_alone_are_said_so():
    groups = np.concatenate([np.arange(10), np.full(10, 99)])  # all negative scenes are one
    with pytest.raises(DegenerateContrast, match="one pole only"):
        held_out(noise(10, 5, 0, paired=False), "mean_diff", 0, groups)


def test_poles_without_any_spread_are_no_contrast():
    with pytest.raises(DegenerateContrast, match="infinite"):
        held_out(Contrast(torch.ones(10, 4), torch.zeros(10, 4), True), "mean_diff")
