"""Massive dimensions limited, and directions made orthogonal: on all scenes, and in each fold on its own."""

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from traitscope.vectors import (
    METHODS,
    Contrast,
    DegenerateContrast,
    NothingLeft,
    ReadWrite,
    Treatment,
    evaluate_directions,
    fit,
    fit_directions,
    massive_dimensions,
    top_share,
)
from traitscope.vectors.held_out import split_scenes

LAYERS, WIDTH, PAIRS = 2, 24, 30
HUGE = 5
"""The dimension in which every residual is huge."""


@pytest.fixture
def poles(two_poles) -> tuple[torch.Tensor, torch.Tensor]:
    """(30, 2, 24) each; dimension 5 is near 400 in all scenes, and noisy."""
    contrasts = [two_poles(PAIRS, WIDTH, 3.0, seed) for seed in range(LAYERS)]
    positive = torch.stack([one.positive for one in contrasts], 1)
    negative = torch.stack([one.negative for one in contrasts], 1)
    draws = torch.Generator().manual_seed(9)
    for pole in (positive, negative):
        pole[..., HUGE] = 400 + 40 * torch.randn(PAIRS, LAYERS, generator=draws)
    return positive, negative


def fitted(poles, method="mean_diff", **treatment):
    positive, negative = poles
    return fit_directions(
        "calm", positive, negative, torch.ones(LAYERS), True, method, Treatment(**treatment)
    )


def test_a_dimension_is_massive_above_ten_times_the_median_dimension():
    scenes = torch.ones(4, 7)
    scenes[:, 2], scenes[:, 4] = 9.9, torch.tensor([-20.0, 20.0, 2.0, -2.0])
    assert massive_dimensions(scenes).nonzero()[:, 0].tolist() == [4]


def test_several_layers_are_looked_at_each_by_itself(poles):
    positive, _ = poles
    positive[:, 1, HUGE] = 0.0
    found = massive_dimensions(positive.transpose(0, 1))
    assert found.sum(1).tolist() == [1, 0] and bool(found[0, HUGE])


@pytest.mark.parametrize("method", METHODS)
def test_a_dropped_dimension_is_in_no_direction_and_the_rest_is_as_if_it_did_not_exist(poles, method):
    dropped = fitted(poles, method, massive="drop")
    assert float(dropped.read[:, HUGE].abs().max()) == float(dropped.write[:, HUGE].abs().max()) == 0
    torch.testing.assert_close(dropped.read.norm(dim=1), torch.ones(LAYERS))
    if method in ("mean_diff", "probe", "pca"):
        others = [one for one in range(WIDTH) if one != HUGE]
        for layer in range(LAYERS):
            read, _ = fit(method, Contrast(*(pole[:, layer, others] for pole in poles), True))
            torch.testing.assert_close(dropped.read[layer, others], read, atol=1e-5, rtol=1e-4)


def test_mean_difference_drowns_in_a_massive_dimension_until_that_is_dropped(poles):
    kept, dropped = fitted(poles), fitted(poles, massive="drop")
    assert float(kept.read[:, HUGE].square().max()) > 0.5
    assert bool((top_share(dropped.read) < top_share(kept.read)).any())


def test_clipping_fits_on_scenes_within_the_limit(poles):
    clipped = fitted(poles, massive="clip")
    for layer in range(LAYERS):
        scenes = torch.cat([pole[:, layer] for pole in poles]).clone()
        limit = float(10 * scenes.abs().double().mean(0).median())
        scenes[:, HUGE] = scenes[:, HUGE].clamp(-limit, limit)
        difference = scenes[:PAIRS].double().mean(0) - scenes[PAIRS:].double().mean(0)
        torch.testing.assert_close(clipped.read[layer], (difference / difference.norm()).float())


def test_keeping_changes_nothing(poles):
    for layer, contrast in enumerate(Contrast(*(pole[:, i] for pole in poles), True) for i in range(LAYERS)):
        assert torch.equal(fitted(poles, massive="keep").read[layer], fit("mean_diff", contrast).read)


@pytest.mark.parametrize("method", METHODS)
def test_a_direction_has_no_share_of_those_that_it_is_made_orthogonal_to(poles, method):
    draws = torch.Generator().manual_seed(3)
    others = []
    for _ in range(2):
        read, write = torch.nn.functional.normalize(torch.randn(2, LAYERS, WIDTH, generator=draws), dim=-1)
        # Those of the same method: only filters read and write with two.
        others.append(ReadWrite(read, write if method in ("probe", "lda") else read))
    found = fitted(poles, method, others=tuple(others))
    for other in others:
        assert float((found.read * other.read).sum(-1).abs().max()) < 1e-6
        assert float((found.write * other.write).sum(-1).abs().max()) < 1e-6
    torch.testing.assert_close(found.read.norm(dim=-1), torch.ones(LAYERS))


def test_projections_do_not_change_with_length_once_that_is_taken_out(poles):
    scenes = torch.cat(poles)
    lengths = torch.rand(2 * PAIRS, generator=torch.Generator().manual_seed(4)) + scenes[:, 0, 2].abs()
    plain, found = fitted(poles), fitted(poles, lengths=lengths)
    for layer in range(LAYERS):
        before, after = (
            np.corrcoef(scenes[:, layer].double() @ one.read[layer].double(), lengths)[0, 1]
            for one in (plain, found)
        )
        assert abs(after) < 1e-6 < abs(before)


def test_lengths_that_are_all_the_same_take_nothing_out(poles):
    assert torch.equal(fitted(poles, lengths=torch.full((2 * PAIRS,), 16.0)).read, fitted(poles).read)


def test_a_direction_of_which_too_little_is_left_is_refused(poles):
    plain = fitted(poles)
    with pytest.raises(NothingLeft, match=r"layer 0: only 0.0 % of the direction's length is left"):
        fitted(poles, others=(ReadWrite(plain.read, plain.write),))
    assert issubclass(NothingLeft, DegenerateContrast)


def test_what_is_taken_out_brings_no_dropped_dimension_back(poles):
    other = torch.nn.functional.normalize(torch.ones(LAYERS, WIDTH), dim=-1)
    found = fitted(poles, massive="drop", others=(ReadWrite(other, other),))
    assert float(found.read[:, HUGE].abs().max()) == 0
    assert float((found.read * other).sum(-1).abs().max()) < 1e-6


@pytest.mark.parametrize("method", ["mean_diff", "probe"])
def test_each_fold_learns_the_treatment_from_its_training_scenes_alone(poles, method):
    """By hand: limit, fit, take out, project; the scenes held out are never looked at."""
    draws = torch.Generator().manual_seed(5)
    other = torch.nn.functional.normalize(torch.randn(LAYERS, WIDTH, generator=draws), dim=-1)
    lengths = torch.randn(2 * PAIRS, generator=draws) + torch.cat(poles)[:, 0, 3]
    treatment = Treatment("drop", (ReadWrite(other, other),), lengths)
    found = evaluate_directions(*poles, True, method, seed=3, treatment=treatment)
    for layer in range(LAYERS):
        scenes = torch.cat([pole[:, layer] for pole in poles])
        scores = np.full(2 * PAIRS, np.nan)
        for test in split_scenes(PAIRS, PAIRS, True, seed=3).folds:
            rows = np.setdiff1d(np.arange(2 * PAIRS), test)
            size = scenes[rows].abs().mean(0)
            used = scenes[rows].clone()
            used[:, size > 10 * size.median()] = 0
            read = fit(method, Contrast(used[rows < PAIRS], used[rows >= PAIRS], True)).read.double()
            raw, length = scenes[rows].double(), lengths[rows].double()
            along = (length - length.mean()) @ (raw - raw.mean(0))
            taken = torch.stack([other[layer].double(), along / along.norm()], 1)
            taken[size > 10 * size.median()] = 0
            basis, _ = torch.linalg.qr(taken)
            read = read - basis @ (basis.T @ read)
            projections = (scenes.double() @ read / read.norm()).numpy()
            middle = (projections[rows[rows < PAIRS]].mean() + projections[rows[rows >= PAIRS]].mean()) / 2
            scores[test] = projections[test] - middle
        assert found[layer].detection.auc == pytest.approx(
            roc_auc_score(np.arange(2 * PAIRS) < PAIRS, scores), abs=2e-3
        )


def test_a_held_out_scene_moves_no_other_scenes_score(poles):
    """Massive dimensions and the length's direction are those of the training scenes: what is held out may be
    anything."""
    positive, negative = (pole.clone() for pole in poles)
    fold = split_scenes(PAIRS, PAIRS, True, seed=0).folds[0]
    training = np.setdiff1d(np.arange(2 * PAIRS), fold)
    lengths = torch.arange(2 * PAIRS).float()
    treatment = Treatment("drop", (), lengths).at(0)
    scenes = torch.cat([positive[:, 0], negative[:, 0]])
    changed, other = scenes.clone(), lengths.clone()
    changed[fold], other[fold] = 1e4, -1e4
    before = treatment.learn(scenes[training], torch.from_numpy(training))
    after = Treatment("drop", (), other).at(0).learn(changed[training], torch.from_numpy(training))
    assert torch.equal(before.scenes, after.scenes) and torch.equal(before.out_of_read, after.out_of_read)
