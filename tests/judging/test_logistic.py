"""Soft-label regression against scipy's minimum of its formula; what held-out figures may not know."""

import numpy as np
import pytest
from scipy import optimize

from traitscope.judging.logistic import Rows, fit_held_out, fits
from traitscope.statistics import auc


def rows(features: np.ndarray, shares: np.ndarray, groups: np.ndarray | None = None) -> Rows:
    count = len(shares)
    return Rows(features, shares, np.ones(count), np.arange(count) if groups is None else groups)


def test_a_fit_is_the_minimum_of_its_formula() -> None:
    draws = np.random.default_rng(0)
    features = draws.normal(size=(30, 4)) * [1, 5, 0.2, 3] + [0, 2, -1, 4]
    shares, weights = draws.random(30), draws.uniform(0.2, 2, 30)
    penalty = 3.0
    mean = np.average(features, axis=0, weights=weights)
    spread = np.sqrt(np.average((features - mean) ** 2, axis=0, weights=weights))
    scaled = (features - mean) / spread / 2  # 2 is the root of 4 features

    def loss(parameters: np.ndarray) -> float:
        logits = scaled @ parameters[:4] + parameters[4]
        entropy = np.logaddexp(0, logits) - shares * logits
        return float(weights @ entropy + parameters[:4] @ parameters[:4] / (2 * penalty))

    expected = optimize.minimize(loss, np.zeros(5), method="BFGS", options={"gtol": 1e-8}).x
    (found,) = fits(Rows(features, shares, weights, np.arange(30)), (penalty,))

    np.testing.assert_allclose(
        features @ found.weights + found.bias, scaled @ expected[:4] + expected[4], atol=1e-4
    )


def test_more_features_than_rows_give_the_same_fit_and_a_constant_feature_none() -> None:
    draws = np.random.default_rng(1)
    few = draws.normal(size=(20, 3))
    shares = draws.random(20)
    doubled = np.repeat(few, 40, axis=1)  # 120 features that say what the 3 say
    (alone,), (many,) = (fits(rows(features, shares), (5.0,)) for features in (few, doubled))
    np.testing.assert_allclose(alone.shares(few), many.shares(doubled), atol=1e-6)
    with_constant = np.column_stack([few * np.sqrt(4 / 3), np.full(20, 7.0)])
    (found,) = fits(rows(with_constant, shares), (5.0 * 3 / 4,))
    assert found.weights[3] == 0
    np.testing.assert_allclose(np.argsort(found.shares(with_constant)), np.argsort(alone.shares(few)))


def test_shares_track_the_labels() -> None:
    draws = np.random.default_rng(2)
    features = draws.normal(size=(150, 12))
    shares = 1 / (1 + np.exp(-2.5 * features[:, 0]))
    found = fit_held_out(rows(features, shares), 0)
    fresh = draws.normal(size=(400, 12))
    expected = 1 / (1 + np.exp(-2.5 * fresh[:, 0]))
    assert np.abs(found.line.shares(fresh) - expected).mean() < 0.04


def held_out_shares(data: Rows, seed: int) -> np.ndarray:
    found = fit_held_out(data, seed)
    folds = [found.fold_of_group[int(group)] for group in data.groups]
    return np.array([found.folds[fold].shares(row) for fold, row in zip(folds, data.features, strict=True)])


def test_noise_is_fitted_in_training_and_not_held_out() -> None:
    found, trained = [], []
    for seed in range(6):
        draws = np.random.default_rng(seed)
        data = rows(draws.normal(size=(60, 300)), draws.permutation(np.repeat([0.1, 0.9], 30)))
        high = data.shares > 0.5
        shares = held_out_shares(data, seed)
        found.append(auc(shares[high], shares[~high]) if np.ptp(shares) > 0 else 0.5)
        (line,) = fits(data, (100.0,))
        trained.append(auc(line.shares(data.features)[high], line.shares(data.features)[~high]))
    assert min(trained) == 1
    assert np.mean(found) == pytest.approx(0.5, abs=0.15)


def test_noise_is_held_to_the_mean_label_and_not_to_its_own_certainty() -> None:
    draws = np.random.default_rng(3)
    data = rows(draws.normal(size=(80, 200)), draws.permutation(np.repeat([0.0, 1.0], 40)))
    assert np.abs(held_out_shares(data, 0) - 0.5).mean() < 0.2


def test_what_a_group_shares_does_not_help_it() -> None:
    draws = np.random.default_rng(4)
    groups = np.repeat(np.arange(20), 3)
    # Each group has a direction of its own that tells its label, and nothing else does.
    features = np.zeros((60, 20))
    features[np.arange(60), groups] = 1
    shares = draws.permutation(np.repeat([0.1, 0.9], 10))[groups]
    high = shares > 0.5
    together = held_out_shares(Rows(features, shares, np.ones(60), groups), 0)
    apart = held_out_shares(Rows(features, shares, np.ones(60), np.arange(60)), 0)
    assert auc(apart[high], apart[~high]) > 0.9
    assert auc(together[high], together[~high]) < 0.7


def test_every_group_is_in_one_fold_and_every_fold_has_low_and_high_ones() -> None:
    draws = np.random.default_rng(5)
    groups = draws.permutation(np.repeat(np.arange(25), 2))
    shares = groups / 24
    found = fit_held_out(Rows(draws.normal(size=(50, 3)), shares, np.ones(50), groups), 7)
    assert sorted(found.fold_of_group) == list(range(25))
    for fold in range(5):
        held = [group for group, place in found.fold_of_group.items() if place == fold]
        assert len(held) == 5
        assert min(held) < 5
        assert max(held) > 19


def test_the_same_seed_gives_the_same_fit_and_another_seed_other_folds() -> None:
    draws = np.random.default_rng(6)
    data = rows(draws.normal(size=(40, 5)), draws.random(40))
    first, again, other = (fit_held_out(data, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.line.weights, again.line.weights)
    assert first.fold_of_group == again.fold_of_group != other.fold_of_group


def test_two_groups_cannot_be_held_out() -> None:
    with pytest.raises(ValueError, match="2 groups"):
        fit_held_out(Rows(np.ones((4, 2)), np.array([0, 1, 0, 1.0]), np.ones(4), np.array([0, 0, 1, 1])), 0)
