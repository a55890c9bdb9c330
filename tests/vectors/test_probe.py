import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from traitscope.statistics import auc
from traitscope.vectors import Contrast, DegenerateContrast, mean_difference, probe
from traitscope.vectors.probe import C, probe_filter
from traitscope.vectors.row_space import row_space


def scenes_and_labels(contrast: Contrast) -> tuple[np.ndarray, np.ndarray]:
    scenes = torch.cat([contrast.positive, contrast.negative]).double().numpy()
    return scenes, np.arange(len(scenes)) < len(contrast.positive)


@pytest.mark.parametrize("n, width", [(40, 12), (25, 300)])
def test_the_filter_is_scikit_learns_on_the_full_features_carried_back_to_the_raw_space(two_poles, n, width):
    scenes, labels = scenes_and_labels(two_poles(n, width))
    scenes *= np.geomspace(0.01, 100, width)
    scaler = StandardScaler().fit(scenes)
    plain = LogisticRegression(C=C, tol=1e-12, max_iter=10_000).fit(scaler.transform(scenes), labels)
    ours = probe_filter(row_space(scenes), labels)
    np.testing.assert_allclose(ours, plain.coef_[0] / scaler.scale_, rtol=1e-4, atol=1e-6 * abs(ours).max())


def test_the_filter_of_shuffled_labels_may_share_the_row_space(two_poles):
    scenes, labels = scenes_and_labels(two_poles(20, 60))
    space = row_space(scenes)
    probe_filter(space, labels)
    shuffled = np.random.default_rng(0).permutation(labels)
    np.testing.assert_array_equal(probe_filter(space, shuffled), probe_filter(row_space(scenes), shuffled))


def test_weights_found_on_standardised_features_are_carried_back_before_they_are_a_direction():
    """Trap 9: where dimensions have unlike spreads, standardised weights point elsewhere."""
    draws = np.random.default_rng(0)
    spread = np.array([100.0, 1.0])
    positive, negative = draws.normal(size=(200, 2)) + 1, draws.normal(size=(200, 2)) - 1  # alike in both
    contrast = Contrast(*(torch.from_numpy(pole * spread).float() for pole in (positive, negative)), False)
    read = probe(contrast).read
    # The standardised optimum weighs both alike, so raw weights are as 1/100 to 1.
    assert float(read[0] / read[1]) == pytest.approx(0.01, rel=0.1)


def test_the_pattern_is_the_covariance_times_the_filter(two_poles):
    contrast = two_poles(30, 80)
    read, write = probe(contrast)
    expected = np.cov(scenes_and_labels(contrast)[0].T) @ read.double().numpy()
    np.testing.assert_allclose(write, expected / np.linalg.norm(expected), atol=1e-5)
    assert read.dtype == write.dtype == torch.float32
    assert float(read.norm()) == pytest.approx(1) and float(write.norm()) == pytest.approx(1)


def test_the_filter_detects_and_the_pattern_points_along_the_cause():
    """Trap 12: a dimension that only carries noise is read to cancel it, and must not be pushed."""
    draws = np.random.default_rng(2)
    n = 400
    noise = draws.normal(size=(2 * n, 1))
    trait = np.repeat([[1.0], [-1.0]], n, axis=0)
    scenes = torch.from_numpy(np.hstack([trait + noise, noise]) + 0.3 * draws.normal(size=(2 * n, 2))).float()
    contrast = Contrast(scenes[:n], scenes[n:], False)
    read, write = probe(contrast)
    difference = mean_difference(contrast)
    assert auc(contrast.positive @ read, contrast.negative @ read) >= 0.99
    assert auc(contrast.positive @ difference, contrast.negative @ difference) < 0.93
    assert float(read[1]) < -0.4  # the filter leans on the noise to subtract it
    cause = torch.tensor([1.0, 0.0])
    assert float(write @ cause) > float(read @ cause) + 0.05


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(3, 10), st.integers(3, 12), st.integers(2, 20))
def test_the_positive_pole_reads_higher_and_writing_raises_the_reading(seed, n, m, width):
    draws = torch.Generator().manual_seed(seed)
    contrast = Contrast(torch.randn(n, width, generator=draws), torch.randn(m, width, generator=draws), False)
    read, write = probe(contrast)
    assert float((contrast.positive @ read).mean()) > float((contrast.negative @ read).mean())
    assert float(read @ write) > 0


def test_another_unit_in_one_dimension_changes_no_reading(two_poles):
    contrast = two_poles(30, 10)
    scale = torch.ones(10)
    scale[4] = 1000.0
    scaled = Contrast(contrast.positive * scale, contrast.negative * scale, True)
    there, here = probe(scaled).read * scale, probe(contrast).read
    torch.testing.assert_close(there / there.norm(), here, atol=1e-4, rtol=1e-4)


def test_constant_dimensions_take_no_part(two_poles):
    contrast = two_poles(30, 10)
    constants = torch.linspace(0.1, 900, 40).expand(30, 40)
    widened = [torch.cat([pole, constants], 1) for pole in (contrast.positive, contrast.negative)]
    read, write = probe(Contrast(widened[0], widened[1], True))
    assert float(read[10:].abs().max()) < 1e-6 and float(write[10:].abs().max()) < 1e-6
    torch.testing.assert_close(read[:10], probe(contrast).read, atol=1e-5, rtol=1e-4)


def test_poles_that_cannot_be_told_apart_have_no_probe():
    same = torch.ones(5, 3)
    with pytest.raises(DegenerateContrast):
        probe(Contrast(same, same, True))
