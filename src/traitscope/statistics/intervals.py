"""Intervals for a mean of paired differences, and the p-value that belongs to each.

Below 20 differences: Student's t. From 20 on: the bias-corrected and accelerated bootstrap (BCa; Efron 1987,
"Better bootstrap confidence intervals"). The p-value is the level at which the same interval touches 0:

    t     p = 2 P(T_{n-1} >= |mean| / (s / sqrt n))
    BCa   p = 2 Phi(-|z|),  z = w / (1 + a w) - z0,  w = Phi^-1(share of resampled means below 0) - z0

with z0 the bias correction and a the acceleration (jackknife skewness / 6).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

BOOTSTRAP_FROM = 20
"""Number of differences from which the bootstrap is used: below it resampling understates the spread."""
RESAMPLES = 9999
"""Bootstrap resamples; the ends of a 95 % interval then move by about 1 % of its width between seeds."""
POWER = 0.8
"""Share of repetitions in which the smallest visible change would be seen."""

_BATCH_ELEMENTS = 4_000_000


class Interval(NamedTuple):
    """Mean of `n` paired differences with the two ends of its interval; `method` is t, bca or constant."""

    mean: float
    low: float
    high: float
    n: int
    method: str


def paired_interval(differences: ArrayLike, seed: int = 0, level: float = 0.95) -> Interval:
    """Interval for the mean of the differences (n,); a single point where all of them are equal.

    Raises:
        ValueError: fewer than two differences, or one that is not finite.
    """
    values = _checked(differences)
    n, mean = len(values), float(values.mean())
    if _constant(values):
        return Interval(mean, mean, mean, n, "constant")
    if n < BOOTSTRAP_FROM:
        reach = float(_student().ppf((1 + level) / 2, n - 1)) * _standard_error(values)
        return Interval(mean, mean - reach, mean + reach, n, "t")
    ends = _bootstrap(values, seed, level).confidence_interval
    return Interval(mean, float(ends.low), float(ends.high), n, "bca")


def paired_p_value(differences: ArrayLike, seed: int = 0) -> float:
    """Two-sided p-value of "the mean difference is 0": the level at which `paired_interval` touches 0.

    Equal differences have no spread to compare with: the sign test then speaks, 2^(1-n), or 1 if all are 0.
    With the bootstrap no p-value is below 2 / (resamples + 1).

    Raises:
        ValueError: fewer than two differences, or one that is not finite.
    """
    values = _checked(differences)
    n, mean = len(values), float(values.mean())
    if _constant(values):
        return 1.0 if mean == 0 else 2.0 ** (1 - n)
    if n < BOOTSTRAP_FROM:
        return float(2 * _student().sf(abs(mean) / _standard_error(values), n - 1))
    return _bca_p_value(values, np.asarray(_bootstrap(values, seed, 0.95).bootstrap_distribution))


def smallest_visible(differences: ArrayLike, tests: int = 1, level: float = 0.95) -> float | None:
    """Mean change that would have been seen in 4 of 5 repetitions with this spread; None without any spread.

        (t_{1 - alpha/2} + t_{0.8}) s / sqrt n,   alpha = (1 - level) / tests, with n - 1 degrees of freedom

    `tests` is the number of tests shared by a family-wise correction (its hardest step is assumed).

    Raises:
        ValueError: fewer than two differences, or one that is not finite.
    """
    values = _checked(differences)
    if _constant(values):
        return None
    freedom = len(values) - 1
    alpha = (1 - level) / tests
    quantiles = float(_student().ppf(1 - alpha / 2, freedom) + _student().ppf(POWER, freedom))
    return quantiles * _standard_error(values)


def _checked(differences: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"an interval needs at least two differences in one row, got shape {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("an interval needs finite differences")
    return values


def _student() -> Any:
    from scipy import stats  # slow to import, and a command that only reads needs none of it

    return stats.t


def _constant(values: NDArray[np.float64]) -> bool:
    """Whether the values differ by no more than rounding: the jackknife would then divide 0 by 0."""
    return float(np.ptp(values)) <= 1e-12 * float(np.abs(values).max())


def _standard_error(values: NDArray[np.float64]) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def _bootstrap(values: NDArray[np.float64], seed: int, level: float) -> Any:
    from scipy import stats

    # The batch bounds memory only: it follows from n alone, so that the same data give the same draws.
    batch = max(1, min(RESAMPLES, _BATCH_ELEMENTS // len(values)))
    return stats.bootstrap(
        (values,),
        np.mean,
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=batch,
        confidence_level=level,
        method="BCa",
        rng=np.random.default_rng(seed),
    )


def _bca_p_value(values: NDArray[np.float64], resampled: NDArray[np.float64]) -> float:
    from scipy import special

    bias = special.ndtri(_share_below(resampled, float(values.mean())))
    pulls = values - values.mean()  # leaving i out moves the mean by -pulls[i] / (n - 1)
    acceleration = (pulls**3).sum() / (6 * (pulls**2).sum() ** 1.5)
    w = special.ndtri(_share_below(resampled, 0.0)) - bias
    z = w / (1 + acceleration * w) - bias
    return float(min(1.0, max(2 * special.ndtr(-abs(z)), 2 / (RESAMPLES + 1))))


def _share_below(resampled: NDArray[np.float64], point: float) -> float:
    """Share of resampled means below the point, ties counted half, kept off 0 and 1 by half a resample."""
    below = float((resampled < point).sum() + 0.5 * (resampled == point).sum())
    return min(max(below, 0.5), len(resampled) - 0.5) / len(resampled)
