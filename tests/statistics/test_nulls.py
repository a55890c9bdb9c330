import numpy as np
import pytest

from traitscope.statistics import covariance_directions, isotropic_directions


def test_isotropic_directions_are_unit_and_point_everywhere_alike():
    directions = isotropic_directions(4000, 8, seed=3)
    assert directions.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(directions.T @ directions / 4000, np.eye(8) / 8, atol=0.015)
    np.testing.assert_allclose(directions.mean(0), 0, atol=0.03)


def test_mixtures_of_rows_have_their_covariance():
    rows = np.random.default_rng(0).normal(size=(500, 3)) * [5.0, 1.0, 0.2]
    rows -= rows.mean(0)
    directions = covariance_directions(4000, rows, seed=1)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1, atol=1e-6)
    # Unit vectors of N(0, C): divided by the first coordinate, the others have medians that C gives.
    ratio = np.abs(directions[:, 1] / directions[:, 0])
    root = np.linalg.cholesky(rows.T @ rows)
    drawn = np.random.default_rng(2).normal(size=(200_000, 3)) @ root.T
    assert np.median(ratio) == pytest.approx(np.median(np.abs(drawn[:, 1] / drawn[:, 0])), rel=0.1)


def test_more_mixtures_leave_the_first_ones_as_they_were_and_another_seed_does_not():
    rows = np.random.default_rng(0).normal(size=(9, 20))
    np.testing.assert_array_equal(covariance_directions(7, rows, 5)[:3], covariance_directions(3, rows, 5))
    assert not np.isclose(covariance_directions(3, rows, 5), covariance_directions(3, rows, 6)).any()


@pytest.mark.parametrize("rows", [np.zeros((3, 4)), np.full((3, 4), np.nan)])
def test_rows_that_have_no_covariance_are_refused(rows):
    with pytest.raises(ValueError, match="finite rows that differ"):
        covariance_directions(2, rows, 0)
