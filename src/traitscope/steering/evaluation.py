"""What a search knows, what it tries, and what judging that gave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from traitscope.judging import Score, mean_score


@dataclass(frozen=True)
class Point:
    """Something to try: a coefficient at a layer."""

    layer: int
    coefficient: float


class Cost(NamedTuple):
    """What a push of some strength does, before anything is judged."""

    strength: float
    """Length of the push over the layer's base norm, above 0."""
    divergence: float
    """Mean KL divergence of the next token from the unsteered one on neutral prompts, nats."""


class Terrain(NamedTuple):
    """What a search knows before it begins."""

    base_norms: Mapping[int, float]
    """Layer -> base norm, of the layers searched."""
    coherence: float
    """Mean coherence of the unsteered answers."""
    costs: Mapping[int, Sequence[Cost]]
    """Layer -> costs by growing strength; empty unless the policy asks for them."""


class Step(NamedTuple):
    """What is tried next, in one batch."""

    points: Sequence[Point]
    questions: int
    """How many of the search questions each is judged on, from the first on."""


@dataclass(frozen=True)
class Evaluation:
    """A point's answers, judged.

    Attributes:
        step: which step of the search it belongs to, counted from 1.
        point: layer and coefficient.
        relative_strength: coefficient over the layer's base norm.
        trait, coherence: mean scores, None where fewer than 80 % of the answers have one.
        delta: trait minus the baseline on the same questions.
        unscored: answers without a trait score.
        coherent: coherence reaches the threshold.
        questions: search questions it was judged on.
        whole: these are all of them; no other evaluation can be best.
    """

    step: int
    point: Point
    relative_strength: float
    trait: Score
    coherence: Score
    delta: Score
    unscored: int
    coherent: bool
    questions: int
    whole: bool


def evaluate(
    step: int,
    point: Point,
    base_norm: float,
    traits: Sequence[Score],
    coherences: Sequence[Score],
    unsteered: Sequence[Score],
    threshold: float,
) -> Evaluation:
    """Put the scores of one point's answers together.

    Args:
        traits, coherences: scores of its answers to the first search questions, or to all.
        unsteered: trait scores of the unsteered answers to all search questions; the baseline is the mean of
            those to the same ones.
    """
    trait, coherence = mean_score(traits), mean_score(coherences)
    baseline = mean_score(unsteered[: len(traits)])
    return Evaluation(
        step=step,
        point=point,
        relative_strength=point.coefficient / base_norm,
        trait=trait,
        coherence=coherence,
        delta=None if trait is None or baseline is None else trait - baseline,
        unscored=sum(score is None for score in traits),
        coherent=coherence is not None and coherence >= threshold,
        questions=len(traits),
        whole=len(traits) == len(unsteered),
    )
