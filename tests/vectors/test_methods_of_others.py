"""Each method against another computation: scikit-learn, scipy, torch's gradients, or a closed form."""

import numpy as np
import pytest
import torch
from scipy.linalg import fractional_matrix_power
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA, TruncatedSVD

from traitscope.vectors import METHODS, Contrast, DegenerateContrast, mean_difference
from traitscope.vectors.gradient import gradient
from traitscope.vectors.lda import lda
from traitscope.vectors.methods import Method, fit
from traitscope.vectors.pca import pca
from traitscope.vectors.random_direction import random_direction
from traitscope.vectors.rfm import RIDGE, ROUNDS, rfm
from traitscope.vectors.shrunk_covariance import shrunk_covariance
from traitscope.vectors.whitened import whitened

SIZES = pytest.mark.parametrize("n, width", [(60, 12), (25, 80)], ids=["n > d", "n < d"])


def within(contrast: Contrast) -> np.ndarray:
    """Scenes less the mean of their own pole."""
    poles = (contrast.positive.double().numpy(), contrast.negative.double().numpy())
    return np.concatenate([pole - pole.mean(0) for pole in poles])


def dense(contrast: Contrast) -> np.ndarray:
    """Scikit-learn's shrunk covariance, written out."""
    covariance: np.ndarray = LedoitWolf(assume_centered=True).fit(within(contrast)).covariance_
    return covariance


def gap(contrast: Contrast) -> np.ndarray:
    return (contrast.positive.double().mean(0) - contrast.negative.double().mean(0)).numpy()


def assert_along(found: torch.Tensor, expected: np.ndarray) -> None:
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found.numpy(), expected / np.linalg.norm(expected), atol=2e-5)


@SIZES
@pytest.mark.parametrize("exponent", [1.0, -0.5, -1.0])
def test_powers_of_the_covariance_are_those_of_scikit_learns(two_poles, n, width, exponent):
    contrast = two_poles(n, width)
    vector = np.random.default_rng(0).normal(size=width)
    expected = fractional_matrix_power(dense(contrast), exponent) @ vector
    np.testing.assert_allclose(shrunk_covariance(contrast).power(exponent, vector), expected, rtol=1e-6)


@SIZES
def test_the_discriminant_solves_for_the_gap_of_means(two_poles, n, width):
    contrast = two_poles(n, width)
    assert_along(lda(contrast).read, np.linalg.solve(dense(contrast), gap(contrast)))


@SIZES
def test_the_pattern_of_the_discriminant_is_mean_difference(two_poles, n, width):
    contrast = two_poles(n, width)
    found = lda(contrast)
    assert_along(found.write, dense(contrast) @ found.read.double().numpy())
    assert torch.equal(found.write, mean_difference(contrast))


@SIZES
def test_whitening_takes_the_inverse_square_root(two_poles, n, width):
    contrast = two_poles(n, width)
    assert_along(whitened(contrast), fractional_matrix_power(dense(contrast), -0.5) @ gap(contrast))


@SIZES
def test_the_component_of_pairs_is_scikit_learns_signed_by_the_labels(two_poles, n, width):
    contrast = two_poles(n, width)
    differences = (contrast.positive - contrast.negative).double().numpy()
    component = TruncatedSVD(1, algorithm="arpack", random_state=0).fit(differences).components_[0]
    assert_along(pca(contrast), component * np.sign(differences.mean(0) @ component))


def test_the_component_of_scenes_that_are_no_pairs_is_that_of_all(two_poles):
    contrast = two_poles(60, 12, strength=6.0, paired=False)
    scenes = torch.cat([contrast.positive, contrast.negative]).double().numpy()
    component = PCA(1, svd_solver="full").fit(scenes).components_[0]
    assert_along(pca(contrast), component * np.sign(gap(contrast) @ component))


@SIZES
@pytest.mark.parametrize("seed", range(5))
def test_the_optimum_of_the_gradient_is_mean_difference(two_poles, n, width, seed):
    contrast = two_poles(n, width, seed=seed)
    torch.testing.assert_close(gradient(contrast), mean_difference(contrast), atol=1e-6, rtol=0)


def machine(contrast: Contrast) -> torch.Tensor:
    """A recursive feature machine with its matrix written out, and gradients by torch."""
    scenes = torch.cat([contrast.positive, contrast.negative]).double()
    targets = torch.cat([torch.ones(len(contrast.positive)), -torch.ones(len(contrast.negative))]).double()
    targets = targets - targets.mean()
    n, width = scenes.shape
    matrix = torch.eye(width, dtype=torch.float64)

    def distances(x: torch.Tensor) -> torch.Tensor:
        apart = x[:, None] - scenes
        squares = torch.einsum("jid,de,jie->ji", apart, matrix, apart)
        # The root has no slope at 0: a scene is not moved by itself.
        return torch.where(squares > 1e-18, squares.clamp_min(1e-18).sqrt(), squares * 0)

    for _ in range(ROUNDS):
        plain = distances(scenes)
        apart = plain[torch.triu(torch.ones(n, n, dtype=torch.bool), 1)].numpy()
        bandwidth = float(np.median(apart))
        kernel = torch.exp(-plain / bandwidth)
        coefficients = torch.linalg.solve(kernel + RIDGE * torch.eye(n, dtype=torch.float64), targets)
        moved = scenes.clone().requires_grad_(True)
        (torch.exp(-distances(moved) / bandwidth) @ coefficients).sum().backward()
        assert moved.grad is not None
        matrix = moved.grad.T @ moved.grad / n
        matrix = matrix / matrix.trace()
    direction = torch.linalg.eigh(matrix).eigenvectors[:, -1]
    return direction * torch.sign(direction @ torch.from_numpy(gap(contrast)))


@pytest.mark.parametrize("n, width", [(30, 6), (12, 40)], ids=["n > d", "n < d"])
def test_the_feature_machine_is_the_one_with_its_matrix_written_out(two_poles, n, width):
    contrast = two_poles(n, width)
    np.testing.assert_allclose(rfm(contrast).numpy(), machine(contrast).numpy(), atol=1e-4)


def test_the_feature_machine_finds_the_one_dimension_that_matters():
    draws = torch.Generator().manual_seed(0)
    scenes = torch.randn(120, 20, generator=draws)
    contrast = Contrast(scenes[scenes[:, 3] > 0], scenes[scenes[:, 3] < 0], paired=False)
    assert float(rfm(contrast)[3]) > 0.9


def test_a_random_direction_is_the_same_for_every_contrast_but_for_its_sign(two_poles):
    one, other = random_direction(two_poles(20, 30)), random_direction(two_poles(40, 30, seed=3))
    assert torch.equal(one, other) or torch.equal(one, -other)
    assert float(one.norm()) == pytest.approx(1)
    assert abs(float(one @ mean_difference(two_poles(20, 30)))) < 0.6


@pytest.mark.parametrize("method", METHODS)
@SIZES
@pytest.mark.parametrize("paired", [True, False])
def test_every_method_reads_the_positive_pole_higher_and_has_length_one(
    two_poles, method: Method, n, width, paired
):
    contrast = two_poles(n, width, strength=4.0, paired=paired)
    for direction in fit(method, contrast):
        assert float(direction.norm()) == pytest.approx(1, abs=1e-5)
        assert float((contrast.positive @ direction).mean()) > float((contrast.negative @ direction).mean())


@pytest.mark.parametrize("method", METHODS)
def test_scenes_that_are_all_the_same_are_no_contrast(method: Method):
    same = torch.ones(20, 8)
    with pytest.raises(DegenerateContrast):
        fit(method, Contrast(same, same.clone(), paired=True))


@pytest.mark.parametrize("method", [method for method in METHODS if method != "random"])
def test_constant_features_take_no_part(two_poles, method: Method):
    contrast = two_poles(40, 12, strength=4.0)
    constant = torch.full((40, 3), 5.0)
    wider = Contrast(
        torch.cat([contrast.positive, constant], 1), torch.cat([contrast.negative, constant], 1), paired=True
    )
    for direction in fit(method, wider):
        torch.testing.assert_close(direction[-3:], torch.zeros(3), atol=1e-5, rtol=0)


@pytest.mark.parametrize("method", ["lda", "whitened"])
def test_poles_without_any_spread_have_no_covariance(method: Method):
    with pytest.raises(DegenerateContrast, match="do not differ"):
        fit(method, Contrast(torch.ones(20, 4), torch.zeros(20, 4), paired=True))


def test_what_is_not_a_number_never_reaches_a_method():
    broken = torch.ones(4, 3)
    broken[1, 2] = float("nan")
    with pytest.raises(ValueError, match="not finite"):
        Contrast(broken, torch.zeros(4, 3), paired=True)
