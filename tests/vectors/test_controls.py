"""Directions of a trait's own scenes that should not show it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from traitscope.vectors import Contrast, DegenerateContrast, fit, random_controls, shuffled_control
from traitscope.vectors.treatment import LayerTreatment


def contrast(scenes: int = 12, width: int = 40, paired: bool = True, seed: int = 0) -> Contrast:
    rng = np.random.default_rng(seed)
    scales = np.geomspace(5, 0.1, width)
    poles = [rng.normal(size=(scenes, width)) * scales + shift for shift in (3.0, -3.0)]
    return Contrast(*(torch.from_numpy(pole).float() for pole in poles), paired)


def test_random_controls_are_unit_mixtures_of_what_the_scenes_of_each_pole_vary_in() -> None:
    poles = contrast()
    drawn = random_controls(poles, 7, seed=3)
    assert drawn.shape == (7, 40)
    assert drawn.dtype == torch.float32
    np.testing.assert_allclose(drawn.norm(dim=1), 1, rtol=1e-6)
    centred = np.concatenate(
        [pole - pole.mean(0) for pole in (poles.positive.numpy(), poles.negative.numpy())]
    )
    weights = np.stack([np.random.default_rng([3, number]).standard_normal(24) for number in range(7)])
    expected = weights @ centred.astype(np.float64)
    np.testing.assert_allclose(drawn, expected / np.linalg.norm(expected, axis=1)[:, None], atol=1e-6)


def test_their_covariance_is_that_of_the_scenes_within_the_poles() -> None:
    poles = contrast(scenes=200, width=4)
    centred = np.concatenate(
        [pole - pole.mean(0) for pole in (poles.positive.numpy(), poles.negative.numpy())]
    )
    drawn = random_controls(poles, 4000, seed=0).double().numpy()
    covariance = centred.T @ centred
    axes = np.linalg.eigh(covariance)[1]
    # Unit length keeps the order of the axes and their being uncorrelated.
    along = drawn @ axes
    assert (np.diff((along**2).mean(0)) > 0).all()
    off = np.corrcoef(along.T) - np.eye(4)
    assert np.abs(off).max() < 0.06
    sampled = np.random.default_rng(1).multivariate_normal(np.zeros(4), covariance, 4000)
    sampled /= np.linalg.norm(sampled, axis=1, keepdims=True)
    assert stats.ks_2samp(along[:, -1], sampled @ axes[:, -1]).pvalue > 0.001


def test_what_sets_the_poles_apart_is_not_what_they_are_drawn_from() -> None:
    poles = contrast()
    further = Contrast(poles.positive + 1000, poles.negative, True)
    torch.testing.assert_close(
        random_controls(poles, 3, 0), random_controls(further, 3, 0), atol=2e-4, rtol=0
    )


def test_more_of_them_leave_the_first_ones_and_another_seed_does_not() -> None:
    poles = contrast()
    torch.testing.assert_close(random_controls(poles, 9, 1)[:4], random_controls(poles, 4, 1))
    assert not torch.allclose(random_controls(poles, 4, 1), random_controls(poles, 4, 2))


def test_scenes_that_are_all_the_same_have_nothing_to_draw_from() -> None:
    same = torch.ones(5, 3)
    with pytest.raises(DegenerateContrast, match="all the same"):
        random_controls(Contrast(same, 2 * same, True), 2, 0)


def test_the_shuffled_direction_is_the_methods_with_pairs_swapped_by_a_coin() -> None:
    poles = contrast()
    swapped = np.random.default_rng([4, 1]).random(12) < 0.5
    assert 0 < swapped.sum() < 12
    differences = (poles.positive - poles.negative).double().numpy() * np.where(swapped, -1, 1)[:, None]
    mean = differences.mean(0)
    found = shuffled_control(poles, "mean_diff", 4).write
    np.testing.assert_allclose(found, mean / np.linalg.norm(mean), atol=1e-6)
    assert abs(float(found @ fit("mean_diff", poles).write)) < 0.99


def test_scenes_that_are_no_pairs_have_their_labels_permuted() -> None:
    poles = contrast(paired=False)
    labels = np.random.default_rng([0, 1]).permutation(np.repeat([True, False], 12))
    scenes = torch.cat([poles.positive, poles.negative]).double().numpy()
    mean = scenes[labels].mean(0) - scenes[~labels].mean(0)
    found = shuffled_control(poles, "mean_diff", 0).write
    np.testing.assert_allclose(found, mean / np.linalg.norm(mean), atol=1e-6)


@pytest.mark.parametrize("paired", [True, False])
def test_lengths_go_with_their_scenes(paired: bool) -> None:
    poles = contrast(paired=paired)
    scenes = torch.cat([poles.positive, poles.negative])
    lengths = torch.arange(24.0) ** 2
    treated = replace(LayerTreatment(), lengths=lengths)
    found = shuffled_control(poles, "mean_diff", 2, treated).write.double()
    along = (lengths.double() - lengths.double().mean()) @ (scenes.double() - scenes.double().mean(0))
    assert abs(float(found @ along / along.norm())) < 1e-6
