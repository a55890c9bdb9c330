import numpy as np
import pytest

from traitscope.comparison import dose, mean_shift, projection_shift, spread


def test_prompts_are_averaged_first_so_that_a_long_answer_weighs_no_more():
    before = [np.zeros((10, 2)), np.zeros((100, 2))]
    after = [np.full((10, 2), 1.0), np.full((100, 2), 3.0)]
    np.testing.assert_allclose(mean_shift(before, after, first=0), [2, 2])


def test_the_first_tokens_and_answers_without_others_are_left_out():
    before = [np.zeros((10, 1)), np.zeros((8, 1))]
    after = [np.concatenate([np.full((8, 1), 50.0), np.full((2, 1), 4.0)]), np.full((8, 1), 70.0)]
    np.testing.assert_allclose(mean_shift(before, after), [4])


def test_no_answer_that_is_long_enough_is_an_error():
    with pytest.raises(ValueError, match="more than 8 tokens"):
        mean_shift([np.zeros((8, 3))], [np.ones((8, 3))])


def test_the_same_words_have_the_same_number_of_tokens():
    with pytest.raises(ValueError, match="same words"):
        mean_shift([np.zeros((9, 3))], [np.ones((10, 3))])


def test_means_of_float32_residuals_with_a_massive_dimension_keep_their_digits():
    draws = np.random.default_rng(0)
    tokens = draws.normal(size=(5000, 3)).astype(np.float32)
    tokens[:, 0] += 32_000
    mean, sigma = spread(tokens)
    np.testing.assert_allclose(mean, tokens.astype(np.float64).mean(0), rtol=1e-12)
    np.testing.assert_allclose(sigma, tokens.astype(np.float64).std(0), rtol=1e-9)


def test_the_dose_is_the_shifts_length_in_units_of_the_stream():
    shifts = np.array([[3.0, 4.0], [0.0, 1.0]])
    assert dose(shifts, np.array([10.0, 4.0])) == pytest.approx((0.5 + 0.25) / 2)


def test_the_projections_shift_is_paired_over_prompts():
    before, after = np.array([1.0, 2.0, 9.0]), np.array([1.5, 2.5, 9.6])
    interval = projection_shift(before, after)
    assert interval.mean == pytest.approx(1.6 / 3) and interval.n == 3
    assert interval.low > 0  # unpaired, the spread of the prompts would hide it


def test_unlike_numbers_of_prompts_cannot_be_paired():
    with pytest.raises(ValueError, match="paired"):
        projection_shift([1.0, 2.0], [1.0, 2.0, 3.0])
