"""What a search knows, what it tries, and what judging that gave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from traitscope.judging import Score, mean_score
from traitscope.statistics import paired_interval


class Source(NamedTuple):
    """Where a direction comes from: what competes with each other in a search."""

    method: str = ""
    position: str = ""
    """Tokens whose residuals it was fitted on."""

    def __str__(self) -> str:
        return f"{self.method} of {self.position}"


class Site(NamedTuple):
    """A direction at a layer, whatever it is multiplied by."""

    layer: int
    source: Source = Source()


@dataclass(frozen=True)
class Point:
    """Something to try: a coefficient of a direction at a layer."""

    layer: int
    coefficient: float
    method: str = ""
    position: str = ""

    @property
    def source(self) -> Source:
        """Where the direction comes from."""
        return Source(self.method, self.position)

    @property
    def site(self) -> Site:
        """The point without its coefficient."""
        return Site(self.layer, self.source)


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
    refined: bool = False
    """It belongs to the refinement, and not to the coarse pass."""


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
        delta_low, delta_high: ends of the delta's 95 % interval, paired over the questions; None where fewer
            than two of them have both scores.
        refined: tried after the coarse pass, around what that found.
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
    delta_low: Score = None
    delta_high: Score = None
    refined: bool = False


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
    delta = None if trait is None or baseline is None else trait - baseline
    low, high = (None, None) if delta is None else _ends(traits, unsteered)
    return Evaluation(
        step=step,
        point=point,
        relative_strength=point.coefficient / base_norm,
        trait=trait,
        coherence=coherence,
        delta=delta,
        unscored=sum(score is None for score in traits),
        coherent=coherence is not None and coherence >= threshold,
        questions=len(traits),
        whole=len(traits) == len(unsteered),
        delta_low=low,
        delta_high=high,
    )


def _ends(traits: Sequence[Score], unsteered: Sequence[Score]) -> tuple[Score, Score]:
    """Where the mean paired difference may lie; unsteered answers beyond the questions asked do not count."""
    differences = [
        steered - plain
        for steered, plain in zip(traits, unsteered, strict=False)
        if steered is not None and plain is not None
    ]
    if len(differences) < 2:
        return None, None
    interval = paired_interval(differences)
    return interval.low, interval.high
