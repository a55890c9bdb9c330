"""Are the questions good to steer on? Unsteered scores must be low and close together, so that a push shows.

A question whose unsteered answer scores high leaves no room; scores far apart are noise that steering must
drown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import stdev
from typing import Literal

from traitscope.judging import Score, mean_score

HIGHEST_MEAN = 25.0
"""Mean unsteered score from which there is too little room above."""
WIDEST_SPREAD = 12.0
"""Standard deviation of unsteered scores from which questions differ too much among themselves."""


@dataclass(frozen=True)
class QuestionScore:
    """An unsteered answer and its score."""

    question: str
    answer: str
    score: Score


@dataclass(frozen=True)
class QuestionCheck:
    """How a trait's questions stand without steering, on the model to be steered."""

    mean: Score
    spread: Score
    """Standard deviation over questions, points; None below two scores."""
    rewrite: tuple[QuestionScore, ...]
    """Questions that leave too little room, the worst first."""
    passed: bool


def check_questions(
    scored: Sequence[QuestionScore], push: Literal["induce", "suppress"] | None = None
) -> QuestionCheck:
    """Mean and spread of the unsteered scores, and which questions to rewrite.

    The room is above for a trait that is induced; for one that is suppressed it is below, and the bound is
    100 less the other.
    """
    found = [one.score for one in scored if one.score is not None]
    mean = mean_score([one.score for one in scored])
    spread = stdev(found) if len(found) > 1 else None
    rewrite = sorted(
        (one for one in scored if one.score is not None and _taken(one.score, push) >= HIGHEST_MEAN),
        key=lambda one: -_taken(one.score or 0.0, push),
    )
    narrow = spread is not None and spread < WIDEST_SPREAD
    passed = mean is not None and _taken(mean, push) < HIGHEST_MEAN and narrow
    return QuestionCheck(mean, spread, tuple(rewrite), passed)


def _taken(score: float, push: str | None) -> float:
    """How much of the room an unsteered score takes, 0 to 100."""
    return 100 - score if push == "suppress" else score
