"""Logistic regression from the rows' products, against scikit-learn's and scipy's minimum."""

import numpy as np
import pytest
from scipy import optimize
from sklearn.linear_model import LogisticRegression

from traitscope.statistics import logistic_rows


@pytest.mark.parametrize(("rows", "features", "penalty"), [(40, 6, 1.0), (60, 400, 10.0), (30, 2, 1000.0)])
def test_the_weights_are_those_of_scikit_learn(rows: int, features: int, penalty: float) -> None:
    draws = np.random.default_rng(rows)
    x = draws.normal(size=(rows, features))
    labels = x[:, 0] + draws.normal(size=rows) > 0.3
    # Its intercept is held small like the weights, as ours is.
    expected = LogisticRegression(C=penalty, solver="liblinear", tol=1e-10, max_iter=10_000).fit(x, labels)

    a = logistic_rows(x @ x.T + 1, labels, penalty)

    size = np.abs(expected.coef_[0]).max()
    np.testing.assert_allclose(x.T @ a, expected.coef_[0], atol=1e-4 * size)
    assert a.sum() == pytest.approx(expected.intercept_[0], abs=1e-4 * size)


def test_without_an_intercept_it_is_the_minimum_of_its_formula() -> None:
    draws = np.random.default_rng(1)
    x, labels = draws.normal(size=(25, 3)) + 1, draws.random(25) < 0.5
    signs = np.where(labels, 1, -1)

    def loss(weights: np.ndarray) -> float:
        return float(weights @ weights / 2 + 2.0 * np.logaddexp(0, -signs * (x @ weights)).sum())

    expected = optimize.minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-9}).x

    np.testing.assert_allclose(x.T @ logistic_rows(x @ x.T, labels, 2.0), expected, atol=1e-5)


def test_labels_that_any_line_tells_apart_end_in_finite_weights() -> None:
    x = np.repeat([[1.0, 0.0], [0.0, 1.0]], 20, axis=0) * 1000
    a = logistic_rows(x @ x.T, np.arange(40) < 20, 1e6)

    assert np.isfinite(a).all()
    assert ((x @ x.T @ a > 0) == (np.arange(40) < 20)).all()


def test_labels_of_one_kind_and_rows_that_are_alike_are_no_trouble() -> None:
    alike = np.ones((6, 6))

    assert (logistic_rows(alike, np.full(6, True), 1.0) > 0).all()
    assert logistic_rows(alike, np.arange(6) < 3, 1.0).sum() == pytest.approx(0, abs=1e-9)
