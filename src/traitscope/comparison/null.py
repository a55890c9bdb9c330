"""Directions that mean nothing, treated as a trait's direction is, and how far beyond them its score lies.

    isotropic    every way is as likely as any other
    covariance   a draw from the covariance of the before variant's response tokens
    foreign      a contrast of scenes of other topics: sum of weights times scenes' residuals, with as many
                 scenes a pole as the trait has clusters, weighted alike, topics and scenes drawn at random

Each draw is one at every layer: a foreign contrast is of the same scenes at each, the others mix the same
random numbers. Of K draws b, each a set of one direction a trait,

    z_t        = (score_t - mean_b) / deviation_b                  over the draws of trait t
    tail_t     = (1 + #{b: |z_tb| >= |z_t|}) / (K + 1)             a share among directions
    family_t   = (1 + #{b: max_u |z_ub| >= |z_t|}) / (K + 1)       Westfall and Young 1993, single step

z divides by what such directions score, so that traits with many scenes and with few can be held against one
maximum. A share among directions is no probability about the adapter: any fine-tune moves the stream, and the
null says of a direction that it is as good as any.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from traitscope.statistics import isotropic_directions

NullName = Literal["isotropic", "covariance", "foreign"]
DRAWN: tuple[NullName, ...] = ("isotropic", "covariance")
"""Those that need no bank."""
NULLS: tuple[NullName, ...] = (*DRAWN, "foreign")

Array = NDArray[np.float64]


class Structure(NamedTuple):
    """How a trait's scenes are built, which its null contrasts repeat.

    Attributes:
        positive, negative: sizes of the clusters of near-duplicate scenes of each pole.
    """

    positive: tuple[int, ...]
    negative: tuple[int, ...]


def foreign_weights(structure: Structure, topics: Sequence[int], k: int, seed: int) -> NDArray[np.float32]:
    """Weights of k null contrasts over the bank's scenes, (k, scenes) float32: each row sums to 0.

    A pole takes as many topics as its clusters fill, the two poles different ones, and of these one scene for
    each cluster, weighted by the cluster's share.

    Args:
        structure: of the trait.
        topics: of each scene of the bank the number of its topic.
        seed: draws topics and scenes.

    Raises:
        ValueError: the bank has fewer than two topics.
    """
    of_topic = [np.flatnonzero(np.asarray(topics) == topic) for topic in sorted(set(topics))]
    if len(of_topic) < 2:
        raise ValueError("a contrast of topics needs at least two")
    each = min(map(len, of_topic))
    most = len(of_topic) // 2
    drawn = np.random.default_rng([seed, len(structure.positive), len(structure.negative)])
    weights = np.zeros((k, len(topics)), np.float32)
    needed = [max(1, min(most, -(-len(pole) // each))) for pole in (structure.positive, structure.negative)]
    for row in weights:
        order = drawn.permutation(len(of_topic))
        chosen = order[: needed[0]], order[needed[0] : needed[0] + needed[1]]
        for sign, pole, those in zip((1, -1), (structure.positive, structure.negative), chosen, strict=True):
            pool = drawn.permutation(np.concatenate([of_topic[topic] for topic in those]))
            # A pole with more clusters than the topics have scenes goes round once more.
            sizes = np.asarray(pole, np.float64)
            np.add.at(row, pool[np.arange(len(sizes)) % len(pool)], sign * sizes / sizes.sum())
    return weights


def covariance_draws(k: int, rank: int, width: int, seed: int) -> tuple[Array, Array]:
    """Random numbers of k directions that are coherent through the layers: over the leading directions
    (k, rank) and over dimensions (k, width)."""
    drawn = np.random.default_rng(seed)
    return drawn.standard_normal((k, rank)), drawn.standard_normal((k, width))


def isotropic_draws(k: int, width: int, seed: int) -> NDArray[np.float32]:
    """k unit directions drawn from the sphere, the same ones for every layer."""
    return isotropic_directions(k, width, seed)


def effective_rank(directions: NDArray[np.floating]) -> float:
    """How many independent directions draws amount to: (sum of eigenvalues)^2 / sum of their squares, of the
    unit directions' second moment (participation ratio)."""
    unit = np.asarray(directions, np.float64)
    lengths = np.linalg.norm(unit, axis=1, keepdims=True)
    unit = unit / np.where(lengths > 0, lengths, 1)
    gram = unit.T @ unit if unit.shape[1] < len(unit) else unit @ unit.T
    return float(np.trace(gram) ** 2 / np.square(gram).sum())


@dataclass(frozen=True)
class Standing:
    """How the traits' scores stand among null directions.

    Attributes:
        scores: (traits,) what was held against the null.
        z: (traits,).
        tail: (traits,) share of null directions as far from their middle.
        family: (traits,) share of draws in which any trait's null direction is.
        visible: (traits,) a score further from 0 than this, on either side, has a family share of at most
            the level.
        low, high: (traits,) the middle 95 % of the null scores.
    """

    scores: Array
    z: Array
    tail: Array
    family: Array
    visible: Array
    low: Array
    high: Array


def standing(scores: Array, null: Array, level: float = 0.05) -> Standing:
    """Hold scores against null scores of the same make.

    Args:
        scores: (traits,).
        null: (traits, K), each trait's own draws.

    Raises:
        ValueError: something is not finite, or the level cannot be attained with so few draws.
    """
    if not (np.isfinite(scores).all() and np.isfinite(null).all()):
        raise ValueError("a score is not finite")
    draws = null.shape[1]
    if 1 / (draws + 1) > level:
        raise ValueError(f"{draws} null directions cannot show a share of {level}")
    mean, deviation = null.mean(1), null.std(1, ddof=1)
    safe = np.where(deviation > 0, deviation, 1.0)
    z = np.where(deviation > 0, (scores - mean) / safe, 0.0)
    drawn = np.abs((null - mean[:, None]) / safe[:, None])
    most = drawn.max(0)
    count = 1 + draws
    tail = (1 + (drawn >= np.abs(z)[:, None]).sum(1)) / count
    family = (1 + (most[None] >= np.abs(z)[:, None]).sum(1)) / count
    # At most level (K + 1) - 1 draws may be as far out; a rounded product would lose one of them.
    critical = np.sort(most)[-int(level * count + 1e-9)]
    low, high = np.quantile(null, [0.025, 0.975], axis=1)
    visible = critical * deviation + np.abs(mean)
    return Standing(scores, z, tail, family, visible, low, high)
