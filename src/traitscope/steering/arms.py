"""What the winner is compared with on the report questions, as figures.

    delta = mean (arm - unsteered),   lead = mean s (winner - arm),   s = 1 to induce, -1 to suppress

A delta says what an arm does, a lead how much further the winner goes; both are taken over the same questions
and have their paired interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import stdev

from traitscope.judging import Score, mean_score
from traitscope.judging.averages import LEAST_SCORED
from traitscope.statistics import Interval, paired_interval

UNSTEERED, WINNER, TOO_STRONG, SHUFFLED, PROMPT = "unsteered", "winner", "too_strong", "shuffled", "prompt"
RANDOM, OTHER = "random_", "other_"
"""Random directions are numbered from 1, other traits' carry the trait's name."""


@dataclass(frozen=True)
class Arm:
    """One way to answer the report questions.

    Attributes:
        name: `unsteered`, `winner`, `too_strong`, `random_1`, `other_gloom`, `shuffled`, `prompt`.
        trait, coherence: mean scores, None where too few answers have one.
        spread: standard deviation of the trait scores over questions, points; None below two scores.
        above_50: share of the scored answers whose trait score is above 50; None without scores.
        delta: interval of the paired difference to the unsteered answers; None for these themselves, and
            where fewer than 80 % of the questions have both scores.
        lead: by how many points the winner is further than a control; None for what is no control.
    """

    name: str
    trait: Score
    coherence: Score
    spread: float | None
    above_50: float | None
    delta: Interval | None
    lead: Interval | None = None

    @property
    def stands_against(self) -> bool:
        """Whether the winner must go further than this one: random and other traits' directions."""
        return self.name.startswith((RANDOM, OTHER))


def is_control(name: str) -> bool:
    """Whether an arm is a direction that does the winner's damage and is not the trait's."""
    return name == SHUFFLED or name.startswith((RANDOM, OTHER))


def arms_of(
    traits: Mapping[str, Sequence[Score]], coherences: Mapping[str, Sequence[Score]], sign: int, seed: int
) -> list[Arm]:
    """Every arm's figures, from the scores of its answers in the order of the questions.

    Args:
        traits, coherences: arm -> scores; `unsteered` and `winner` among them.
        sign: 1 to induce, -1 to suppress.
        seed: of the bootstrap.
    """
    return [
        arm(name, scores, coherences[name], traits[UNSTEERED], traits[WINNER], sign, seed)
        for name, scores in traits.items()
    ]


def arm(
    name: str,
    traits: Sequence[Score],
    coherences: Sequence[Score],
    unsteered: Sequence[Score],
    winner: Sequence[Score],
    sign: int,
    seed: int,
) -> Arm:
    """One arm's means, its paired difference to the unsteered answers, and the winner's lead over it."""
    scored = [trait for trait in traits if trait is not None]
    return Arm(
        name,
        mean_score(traits),
        mean_score(coherences),
        stdev(scored) if len(scored) > 1 else None,
        sum(score > 50 for score in scored) / len(scored) if scored else None,
        None if name == UNSTEERED else paired(traits, unsteered, 1, seed),
        paired(winner, traits, sign, seed) if is_control(name) else None,
    )


def paired(after: Sequence[Score], before: Sequence[Score], sign: int, seed: int) -> Interval | None:
    """Interval of sign (after - before); None where fewer than 80 % of the questions have both scores."""
    differences = [
        sign * (one - other)
        for one, other in zip(after, before, strict=True)
        if one is not None and other is not None
    ]
    if len(differences) < max(2, LEAST_SCORED * len(after)):
        return None
    return paired_interval(differences, seed)
