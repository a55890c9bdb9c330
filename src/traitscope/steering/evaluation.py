"""Points of a search and what judging them gave."""

from collections.abc import Sequence
from dataclasses import dataclass

from traitscope.judging import Score, mean_score


@dataclass(frozen=True)
class Point:
    """Something to try: a coefficient at a layer."""

    layer: int
    coefficient: float


@dataclass(frozen=True)
class Evaluation:
    """A point's answers, judged.

    Attributes:
        step: 1 for the first evaluation of its layer.
        point: layer and coefficient.
        relative_strength: coefficient over the layer's base norm.
        trait, coherence: mean scores, None where fewer than 80 % of the answers have one.
        delta: trait minus the baseline on the same questions.
        unscored: answers without a trait score.
        coherent: coherence reaches the threshold.
    """

    step: int
    point: Point
    relative_strength: float
    trait: Score
    coherence: Score
    delta: Score
    unscored: int
    coherent: bool


def evaluate(
    step: int,
    point: Point,
    base_norm: float,
    traits: Sequence[Score],
    coherences: Sequence[Score],
    baseline: float,
    threshold: float,
) -> Evaluation:
    """Put the scores of one point's answers together."""
    trait, coherence = mean_score(traits), mean_score(coherences)
    return Evaluation(
        step=step,
        point=point,
        relative_strength=point.coefficient / base_norm,
        trait=trait,
        coherence=coherence,
        delta=None if trait is None else trait - baseline,
        unscored=sum(score is None for score in traits),
        coherent=coherence is not None and coherence >= threshold,
    )
