"""How much a fine-tune changed at all: how far its next tokens diverge, and how far it moved the stream.

    KL = mean over prompts of the mean over the before variant's response tokens of
         sum over candidates q log(q / p) + (1 - sum q) log((1 - sum q) / (1 - sum p))

in nats, with q the after variant's probabilities and p the before variant's, of the before variant's
likeliest tokens (the candidates), all others taken as one: by the data-processing inequality never more than
the whole divergence, and less by little.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ROUNDING = 1e-6
"""Probability that float32 logarithms of a token's candidates cannot tell from none: the others have no less,
or the logarithm of what is left would be one of rounding."""

Array = NDArray[np.floating]


def mean_divergence(before: Sequence[Array], after: Sequence[Array]) -> float:
    """Mean KL divergence of after from before, in nats; answers are averaged first.

    Args:
        before: of each answer (tokens, candidates) log-probabilities.
        after: the same tokens' by the other variant.

    Raises:
        ValueError: no answer, or log-probabilities of unlike shapes.
    """
    return float(np.mean([_divergence(p, q) for p, q in zip(before, after, strict=True)]))


def _divergence(before: Array, after: Array) -> float:
    if before.shape != after.shape or not len(before):
        raise ValueError(f"log-probabilities of shapes {before.shape} and {after.shape}")
    p, q = (np.exp(np.asarray(one, np.float64)) for one in (before, after))
    # A candidate that has become impossible adds nothing: q log q goes to 0 with q.
    ratio = np.subtract(after, before, out=np.zeros(q.shape), where=q > 0, dtype=np.float64)
    listed = (q * ratio).sum(1)
    rest_p, rest_q = (np.clip(1 - one.sum(1), ROUNDING, None) for one in (p, q))
    return float(np.mean(np.clip(listed + rest_q * np.log(rest_q / rest_p), 0, None)))


def relative_shift(delta: Array, lengths: Array) -> float:
    """Mean over layers of |delta_L| / mean |h|_L: the mean shift (layers, width) as a share of the stream's
    length (layers,)."""
    return float(np.mean(np.linalg.norm(np.asarray(delta, np.float64), axis=1) / lengths))
