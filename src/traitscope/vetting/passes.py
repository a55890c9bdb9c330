"""Judged completions: how many pass, how far the poles stand apart, which scenes are worst.

A completion of a positive scene passes from `positive` on, one of a negative scene up to `negative`. The
judge saw the completion alone: a scene must not supply the trait that its completion lacks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from traitscope.judging import Score, mean_score
from traitscope.vetting.completion import Pole
from traitscope.vetting.shares import Share, share

LEAST_SEPARATION = 25.0
"""Points between the poles' means below which the completions hardly show the trait."""


@dataclass(frozen=True)
class Vetted:
    """One judged completion."""

    pole: Pole
    pair: int
    """Place of the scene on its pole, from 0; that of its partner too, where paired."""
    line: int
    text: str
    score: Score
    reason: str
    """Why there is no score."""

    def passes(self, positive: float, negative: float) -> bool:
        """Whether its score is on its pole's side; without a score it does not pass."""
        if self.score is None:
            return False
        return self.score >= positive if self.pole == "positive" else self.score <= negative


@dataclass(frozen=True)
class Vetting:
    """What the judge made of a trait's completions."""

    positive: Share
    """Of the positive completions, those that pass."""
    negative: Share
    positive_mean: Score
    """None where fewer than 80 % have a score."""
    negative_mean: Score
    unscored: int

    @property
    def separation(self) -> Score:
        """Points between the poles' means."""
        if self.positive_mean is None or self.negative_mean is None:
            return None
        return self.positive_mean - self.negative_mean


def vetting(vetted: Sequence[Vetted], positive: float, negative: float) -> Vetting:
    """Pass rates and means of both poles.

    Raises:
        ValueError: a pole has no completion.
    """
    poles = {pole: [one for one in vetted if one.pole == pole] for pole in ("positive", "negative")}
    rates = {
        pole: share(sum(one.passes(positive, negative) for one in ones), len(ones))
        for pole, ones in poles.items()
    }
    means = {pole: mean_score([one.score for one in ones]) for pole, ones in poles.items()}
    return Vetting(
        positive=rates["positive"],
        negative=rates["negative"],
        positive_mean=means["positive"],
        negative_mean=means["negative"],
        unscored=sum(one.score is None for one in vetted),
    )


def worst(vetted: Sequence[Vetted], count: int) -> list[Vetted]:
    """Completions furthest on the wrong side, the worst first; those without a score are not among them."""

    def wrongness(one: Vetted) -> float:
        assert one.score is not None
        return 100 - one.score if one.pole == "positive" else one.score

    return sorted((one for one in vetted if one.score is not None), key=wrongness, reverse=True)[:count]


def passing_pairs(vetted: Sequence[Vetted], positive: float, negative: float) -> list[int]:
    """Pairs whose two completions pass, in order."""
    failed = {one.pair for one in vetted if not one.passes(positive, negative)}
    return sorted({one.pair for one in vetted} - failed)
