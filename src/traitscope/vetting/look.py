"""A set of scenes as a person looks at it: each completion with what went wrong in it, and the shares."""

from collections.abc import Sequence
from dataclasses import dataclass

from traitscope.judging import Score
from traitscope.vetting.completion import Completion, Pole
from traitscope.vetting.reversals import Flag, Outcome, flags, outcome
from traitscope.vetting.shares import Share, shares


@dataclass(frozen=True)
class Standard:
    """By what a completion is said to express its pole, or to reverse it."""

    positive: float = 60.0
    """The judge's score from which on a positive completion expresses the trait."""
    negative: float = 40.0
    """The judge's score up to which a negative completion expresses its opposite."""
    act: Pole | None = "positive"
    """The pole whose scenes do what people would blame; None where neither does."""


@dataclass(frozen=True)
class Looked:
    """One completion and what became of its scene."""

    completion: Completion
    flags: tuple[Flag, ...]
    outcome: Outcome
    score: Score = None
    """The judge's, where one was asked."""


@dataclass(frozen=True)
class LookedSet:
    """One wording of a trait's scenes, completed."""

    name: str
    positive: tuple[Looked, ...]
    negative: tuple[Looked, ...]
    paired: bool
    judge: str
    """Who scored the completions; empty where nobody did, and outcomes rest on the flags alone."""

    def shares(self, pole: Pole) -> dict[Outcome, Share]:
        """How many of a pole's completions express it, reverse it or drift away."""
        return shares([one.outcome for one in (self.positive if pole == "positive" else self.negative)])


def look(completion: Completion, score: Score, standard: Standard) -> Looked:
    """What became of one scene: flags count first, then the judge's word where there is one."""
    found = flags(completion, standard.act)
    became = outcome(found)
    if became == "expresses" and score is not None:
        became = _judged(completion.pole, score, standard)
    return Looked(completion, found, became, score)


def look_at(
    name: str,
    completions: Sequence[Completion],
    scores: Sequence[Score],
    paired: bool,
    judge: str,
    standard: Standard,
) -> LookedSet:
    """A whole set; scores stand beside the completions, None where there are none."""
    looked = [look(one, score, standard) for one, score in zip(completions, scores, strict=True)]
    poles = {
        pole: tuple(one for one in looked if one.completion.pole == pole) for pole in ("positive", "negative")
    }
    return LookedSet(name, poles["positive"], poles["negative"], paired, judge)


def _judged(pole: Pole, score: float, standard: Standard) -> Outcome:
    """On the far side a scene is reversed; between the bounds it leads nowhere."""
    if score >= standard.positive:
        return "expresses" if pole == "positive" else "reverses"
    if score <= standard.negative:
        return "expresses" if pole == "negative" else "reverses"
    return "drifts"
