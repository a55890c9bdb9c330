import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from traitscope.vectors import Contrast, DegenerateContrast, fit, mean_difference, top_share


def test_it_is_the_normalised_difference_of_the_means(two_poles):
    contrast = two_poles(paired=False)
    expected = contrast.positive.numpy().mean(0) - contrast.negative.numpy().mean(0)
    direction = mean_difference(contrast)
    assert direction.dtype == torch.float32
    np.testing.assert_allclose(direction, expected / np.linalg.norm(expected), atol=1e-6)


def test_it_reads_and_writes_with_the_same_direction(two_poles):
    read, write = fit("mean_diff", two_poles())
    assert torch.equal(read, write)


@given(st.integers(0, 1000), st.floats(-100, 100), st.floats(0.01, 100))
def test_moving_or_scaling_all_scenes_leaves_the_direction_and_swapping_poles_turns_it(seed, offset, scale):
    draws = torch.Generator().manual_seed(seed)
    positive = torch.randn(6, 5, generator=draws) + 1
    negative = torch.randn(6, 5, generator=draws)
    direction = mean_difference(Contrast(positive, negative, True))
    moved = mean_difference(Contrast(positive * scale + offset, negative * scale + offset, True))
    tolerance = 1e-5 * (1 + abs(offset) / scale)  # float32 scenes lose digits to a large offset
    torch.testing.assert_close(moved, direction, atol=tolerance, rtol=0)
    torch.testing.assert_close(mean_difference(Contrast(negative, positive, True)), -direction)


def test_poles_with_the_same_mean_have_no_direction():
    scenes = torch.randn(8, 4, generator=torch.Generator().manual_seed(0)) * 1000
    with pytest.raises(DegenerateContrast):
        mean_difference(Contrast(scenes, scenes.flip(0), False))


def test_a_large_value_that_both_poles_share_does_not_cost_their_difference_its_digits():
    draws = torch.Generator().manual_seed(1)
    positive, negative = torch.randn(50, 6, generator=draws), torch.randn(50, 6, generator=draws)
    positive[:, 0] += 32_000.0
    negative[:, 0] += 32_000.0
    expected = (positive.numpy().astype(np.float64).mean(0)) - negative.numpy().astype(np.float64).mean(0)
    direction = mean_difference(Contrast(positive, negative, True))
    np.testing.assert_allclose(direction, expected / np.linalg.norm(expected), atol=1e-6)


def test_a_direction_that_drowns_in_massive_dimensions_says_so(two_poles):
    """Trap 10: one dimension near 32,000 takes the mean difference over; its share is reported."""
    contrast = two_poles(n=30, width=500, strength=6.0)
    drowned = contrast.positive.clone()
    drowned[:, 7] += 32_000
    plain = mean_difference(contrast)
    massive = mean_difference(Contrast(drowned, contrast.negative, True))
    assert float(top_share(massive)) > 0.999
    assert float(top_share(plain)) < 0.2


def test_the_top_share_is_the_squared_mass_of_the_five_largest_dimensions():
    direction = torch.tensor([[1.0, -2.0, 3.0, -4.0, 5.0, -6.0, 7.0], [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]])
    expected = [(9 + 16 + 25 + 36 + 49) / (1 + 4 + 9 + 16 + 25 + 36 + 49), 1.0]
    assert top_share(direction).tolist() == pytest.approx(expected)
    assert float(top_share(torch.ones(3))) == 1
