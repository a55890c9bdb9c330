"""What the comparison takes from residual streams: the mean shift, the spread it is measured in, the dose."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FIRST_TOKEN = 8
"""First response token that counts: before it a variant that only learned the trait's opening words looks
like one that has the trait."""

Residuals = NDArray[np.floating]


def mean_shift(
    before: Sequence[Residuals], after: Sequence[Residuals], first: int = FIRST_TOKEN
) -> NDArray[np.float64]:
    """Mean over prompts of (after - before) on the same words, (width,); prompts are averaged first.

    Args:
        before: per prompt, the residuals of the response tokens at one layer, (tokens, width).
        after: the same words read by the other variant.
        first: tokens before this one are left out; a prompt with no other token is left out.

    Raises:
        ValueError: the words differ in number, or no prompt is long enough.
    """
    shifts = []
    for one, other in zip(before, after, strict=True):
        if one.shape != other.shape:
            raise ValueError(f"the same words have residuals of shapes {one.shape} and {other.shape}")
        if len(one) > first:
            shifts.append(np.mean(np.subtract(other[first:], one[first:], dtype=np.float64), 0))
    if not shifts:
        raise ValueError(f"no answer has more than {first} tokens")
    return np.asarray(np.mean(shifts, axis=0))


def spread(tokens: Residuals) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each dimension over response tokens, (width,) each."""
    return np.mean(tokens, 0, dtype=np.float64), np.std(tokens, 0, dtype=np.float64)


def dose(shifts: NDArray[np.floating], mean_norms: NDArray[np.floating]) -> float:
    """How much the change moved the stream at all: mean over the deciding layers of |delta_L| / mean |h|_L.

    Args:
        shifts: (layers, width), the mean shifts of the deciding layers.
        mean_norms: (layers,), the mean length of the before variant's response-token residuals there.
    """
    return float(np.mean(np.linalg.norm(np.asarray(shifts, np.float64), axis=1) / mean_norms))
