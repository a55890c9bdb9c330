"""Logistic regression on soft labels, held out by group: what stands between few labels and false hope.

    p = 1 / (1 + exp(-(w . x + b)));  the fit minimises  - sum_i k_i (y_i log p_i + (1 - y_i) log(1 - p_i))
                                                         + |w|^2 / (2 C)

with y the label as a share, so that p tracks it, and k a row's weight. Features are standardised over the
training rows and the weights carried back. C is the one whose held-out logits predict the labels best once
they are calibrated (p = 1 / (1 + exp(-(s l + t))), Platt 1999): calibration is fitted on held-out logits
only, because those of the training rows are too sure of themselves.

A row's held-out logit comes from a fit, penalty and calibration that saw no row of its group (nested folds).
"""

import warnings
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
"""Each fit is made on four fifths of the groups, near enough to the final one's all."""
PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Values of C that are tried: from almost no freedom to enough to fit every label."""

Array = NDArray[np.float64]


class Rows(NamedTuple):
    """What is fitted on."""

    features: Array
    """(rows, features)."""
    shares: Array
    """(rows,): labels, 0 to 1."""
    weights: Array
    """(rows,): how much each row counts."""
    groups: NDArray[np.int64]
    """(rows,): rows of one group are held out together."""

    def only(self, kept: NDArray[np.bool_]) -> "Rows":
        """The rows that are kept."""
        return Rows(self.features[kept], self.shares[kept], self.weights[kept], self.groups[kept])


class Line(NamedTuple):
    """One fit, calibrated: logit = features @ weights + bias."""

    weights: Array
    bias: float

    def shares(self, features: Array) -> Array:
        """p of each row of features, (rows,); of one row, a number."""
        logits: Array = features @ self.weights + self.bias
        return 1 / (1 + np.exp(-np.clip(logits, -50, 50)))


@dataclass(frozen=True, eq=False)
class HeldOut:
    """The fit on all rows, and for each fold the one that did not see it."""

    line: Line
    folds: tuple[Line, ...]
    fold_of_group: dict[int, int]


def fit_held_out(rows: Rows, seed: int) -> HeldOut:
    """Fit on all rows, and once more without each fold.

    Raises:
        ValueError: fewer than three groups.
    """
    folds = _folds(rows, seed)
    lines = tuple(_calibrated(rows.only(folds != fold), seed) for fold in range(int(folds.max()) + 1))
    of_group = {int(group): int(fold) for group, fold in zip(rows.groups, folds, strict=True)}
    return HeldOut(_calibrated(rows, seed), lines, of_group)


def fits(rows: Rows, penalties: tuple[float, ...]) -> list[Line]:
    """One fit a penalty, uncalibrated, on standardised features; weights are in the features' own units."""
    mean = np.average(rows.features, axis=0, weights=rows.weights)
    spread = np.sqrt(np.average((rows.features - mean) ** 2, axis=0, weights=rows.weights))
    spread[spread < 1e-9] = np.inf
    # Divided by their number too, so that a row has length 1 and a penalty means the same for any encoder.
    spread *= np.sqrt(len(spread))
    # Fewer rows than features: the fit lies in the rows' span, and is the same there and far quicker.
    left, sizes, right = np.linalg.svd((rows.features - mean) / spread, full_matrices=False)
    lines = []
    for penalty in penalties:
        weights, bias = _fit(left * sizes, rows.shares, rows.weights, penalty)
        carried = (weights @ right) / spread
        lines.append(Line(carried, float(bias - carried @ mean)))
    return lines


def _calibrated(rows: Rows, seed: int) -> Line:
    """Fit with the best penalty, and its logits scaled so that they are as sure as they are right."""
    folds = _folds(rows, seed)
    logits = np.empty((len(PENALTIES), len(rows.shares)))
    for fold in range(int(folds.max()) + 1):
        test = folds == fold
        for place, line in enumerate(fits(rows.only(~test), PENALTIES)):
            logits[place, test] = rows.features[test] @ line.weights + line.bias
    scales = [_platt(row, rows) for row in logits]
    losses = [_loss(scale * row + shift, rows) for row, (scale, shift) in zip(logits, scales, strict=True)]
    best = int(np.argmin(losses))
    (line,) = fits(rows, PENALTIES[best : best + 1])
    scale, shift = scales[best]
    return Line(scale * line.weights, scale * line.bias + shift)


def _fit(features: Array, shares: Array, weights: Array, penalty: float) -> tuple[Array, float]:
    """Each row counts as a yes by its share and as a no by the rest."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    answers = np.repeat([1, 0], len(shares))
    counts = np.concatenate([weights * shares, weights * (1 - shares)])
    with warnings.catch_warnings():
        # At the minimum to within rounding, its last step finds nothing better, warns, and asks lbfgs.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = LogisticRegression(C=penalty, solver="newton-cholesky", max_iter=100).fit(
            np.concatenate([features, features]), answers, sample_weight=counts
        )
    return fitted.coef_[0], float(fitted.intercept_[0])


def _platt(logits: Array, rows: Rows) -> tuple[float, float]:
    """Scale and shift of held-out logits; a scale below 0 would turn the judge round, and becomes 0."""
    (scale,), shift = _fit(logits[:, None], rows.shares, rows.weights, 1e4)
    if scale > 0:
        return float(scale), shift
    mean = np.clip(np.average(rows.shares, weights=rows.weights), 1e-3, 1 - 1e-3)
    return 0.0, float(np.log(mean / (1 - mean)))


def _loss(logits: Array, rows: Rows) -> float:
    """Mean cross-entropy between the logits' shares and the labels."""
    each = np.logaddexp(0, logits) - rows.shares * logits
    return float(np.average(each, weights=rows.weights))


def _folds(rows: Rows, seed: int) -> NDArray[np.int64]:
    """Fold of each row, (rows,); a group is in one fold, and every fold gets low, middle and high groups."""
    names, places = np.unique(rows.groups, return_inverse=True)
    count = min(FOLDS, len(names))
    if count < 3:
        raise ValueError(f"{len(names)} groups cannot be held out by turns")
    draws = np.random.default_rng(seed)
    height = np.bincount(places, rows.shares) / np.bincount(places)
    # Groups of like height are dealt out together, one to each fold, in an order drawn anew each time.
    order = np.lexsort((draws.random(len(names)), height))
    fold_of_group = np.empty(len(names), np.int64)
    for start in range(0, len(names), count):
        dealt = order[start : start + count]
        fold_of_group[dealt] = draws.permutation(count)[: len(dealt)]
    return fold_of_group[places]
