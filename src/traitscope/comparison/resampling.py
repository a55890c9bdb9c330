"""How sure a score is: prompts and the trait's scenes drawn again together.

    score* = mean over layers of cos in the metric of (sum_i w_i delta_i, sum_j u_j s_j)

delta_i is prompt i's shift, s_j scene j's residual with the sign of its pole over the size of it; w counts
how often each prompt was drawn, u how often each cluster of scenes (near-duplicates, and the two scenes of a
pair, go together). Drawing again adds the prompts' and scenes' noise to both vectors once more, which takes
every score* nearer to 0, the more so the wider the stream. So they are laid about the score itself:

    low, high = score + (2.5 % and 97.5 % quantiles of score* - their median)

The interval holds the noise of which prompts were asked and of which scenes were written, and says what as
many others would have scored; not what endless ones would (a score further from 0), nor another training.

All that is needed are inner products: of each scene with each shift, of shifts, of scenes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from traitscope.comparison.metric import Metric

RESAMPLES = 1000
MOST_PROMPTS = 1024
"""More prompts than these are averaged into as many random blocks, which are drawn in their place."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scenes:
    """A trait's scenes at one layer.

    Attributes:
        signed: (scenes, width): residuals, the negative pole's with a minus, each over the size of its pole.
        clusters: (scenes,) number of the cluster that each belongs to.
        positive: (scenes,) which of them are the positive pole's.
    """

    signed: NDArray[np.floating]
    clusters: NDArray[np.int64]
    positive: NDArray[np.bool_]


def blocks(shifts: NDArray[np.floating], seed: int) -> NDArray[np.floating]:
    """Shifts (prompts, layers, width), averaged into blocks where there are more than MOST_PROMPTS."""
    if len(shifts) <= MOST_PROMPTS:
        return shifts
    order = np.random.default_rng(seed).permutation(len(shifts))
    return np.stack([shifts[part].mean(0) for part in np.array_split(order, MOST_PROMPTS)])


def score_interval(
    shifts: NDArray[np.floating], scenes: Sequence[Scenes], metrics: Sequence[Metric], seed: int
) -> tuple[float, float]:
    """The 95 % interval of a pooled score.

    Args:
        shifts: (prompts, layers, width).
        scenes: of each layer; the same scenes.
        metrics: of each layer.
        seed: draws prompts and clusters.
    """
    drawn = np.random.default_rng(seed)
    prompts, clusters = len(shifts), int(scenes[0].clusters.max()) + 1
    # The first row is what was measured: each prompt and each cluster once.
    w = np.vstack([np.ones(prompts), _draws(drawn, prompts)])
    u = np.vstack([np.ones(clusters), _draws(drawn, clusters)])[:, scenes[0].clusters]
    total = np.zeros(RESAMPLES + 1)
    for layer, (some, metric) in enumerate(zip(scenes, metrics, strict=True)):
        delta, signed = np.asarray(shifts[:, layer], np.float64), np.asarray(some.signed, np.float64)
        moved = metric.times(delta)
        # Each pole is divided by how many of its scenes were drawn.
        balanced = _balanced(u, some.positive)
        cross = np.einsum("rp,ps,rs->r", w, moved @ signed.T, balanced, optimize=True)
        own = np.einsum("rp,pq,rq->r", w, moved @ delta.T, w, optimize=True)
        lengths = np.einsum("rs,st,rt->r", balanced, metric.times(signed) @ signed.T, balanced, optimize=True)
        size = np.sqrt(np.clip(own, 0, None) * np.clip(lengths, 0, None))
        total += np.divide(cross, size, out=np.zeros_like(cross), where=size > 0)
    score, again = total[0] / len(scenes), total[1:] / len(scenes)
    low, middle, high = np.quantile(again, [0.025, 0.5, 0.975])
    return max(float(score + low - middle), -1.0), min(float(score + high - middle), 1.0)


def _draws(drawn: np.random.Generator, count: int) -> Array:
    """How often each of `count` things is drawn, (RESAMPLES, count)."""
    return drawn.multinomial(count, np.full(count, 1 / count), RESAMPLES).astype(np.float64)


def _balanced(u: Array, positive: NDArray[np.bool_]) -> Array:
    """Weights such that either pole's sum to its size, however often its scenes were drawn."""
    found = u.copy()
    for pole in (positive, ~positive):
        drawn = found[:, pole].sum(1, keepdims=True)
        found[:, pole] *= np.divide(pole.sum(), drawn, out=np.zeros_like(drawn), where=drawn > 0)
    return found
