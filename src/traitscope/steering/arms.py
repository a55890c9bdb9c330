"""What the winner is compared with on the report questions, and whether it is shown.

A direction of the winner's length drawn at random shows what any push of that size does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import stdev
from typing import TYPE_CHECKING, Literal

from traitscope.config import SteerSettings
from traitscope.judging import Score, mean_score
from traitscope.statistics import Interval, isotropic_directions, paired_interval

if TYPE_CHECKING:
    from torch import Tensor

RANDOM_ARMS = 3
WEAK = 25.0
"""Delta in score points below which a shown trait is called weak."""

Result = Literal["shown", "weak", "not_shown", "skipped"]


@dataclass(frozen=True)
class Arm:
    """One way to answer the report questions.

    Attributes:
        name: `unsteered`, `winner`, `too_strong`, `random_1`, ...
        trait, coherence: mean scores, None where too few answers have one.
        spread: standard deviation of the trait scores over questions, points; None below two scores.
        above_50: share of the scored answers whose trait score is above 50; None without scores.
        delta: interval of the paired difference to the unsteered answers; None for these themselves, and
            where fewer than 80 % of the questions have both scores.
    """

    name: str
    trait: Score
    coherence: Score
    spread: float | None
    above_50: float | None
    delta: Interval | None


@dataclass(frozen=True)
class Verdict:
    """What steering showed of a trait, and why."""

    result: Result
    reason: str


def random_directions(width: int, seed: int) -> "Tensor":
    """`RANDOM_ARMS` isotropic unit directions, (arms, width) float32."""
    import torch  # slow to import, and what counts arms needs none of it

    return torch.from_numpy(isotropic_directions(RANDOM_ARMS, width, seed))


def arm(
    name: str, traits: Sequence[Score], coherences: Sequence[Score], unsteered: Sequence[Score], seed: int
) -> Arm:
    """One arm's means, and its paired difference to the unsteered answers."""
    differences = [
        after - before
        for after, before in zip(traits, unsteered, strict=True)
        if after is not None and before is not None
    ]
    scored = [trait for trait in traits if trait is not None]
    enough = name != "unsteered" and len(differences) >= max(2, 0.8 * len(traits))
    return Arm(
        name,
        mean_score(traits),
        mean_score(coherences),
        stdev(scored) if len(scored) > 1 else None,
        sum(score > 50 for score in scored) / len(scored) if scored else None,
        paired_interval(differences, seed) if enough else None,
    )


def judge_winner(arms: Mapping[str, Arm], settings: SteerSettings, circular: bool) -> Verdict:
    """Is the winner coherent, its interval clear of 0, and further than every random push of its length?

    A judge that has seen the scenes (`circular`) would take any confound of theirs for success: it shows
    nothing.
    """
    winner = arms["winner"]
    sign = settings.sign
    if winner.delta is None:
        return Verdict("not_shown", "fewer than 80 % of the report questions could be scored")
    if winner.coherence is None or winner.coherence < settings.threshold:
        found = "unscored" if winner.coherence is None else f"{winner.coherence:.1f}"
        return Verdict("not_shown", f"incoherent on the report questions (coherence {found})")
    if min(sign * winner.delta.low, sign * winner.delta.high) <= 0:
        return Verdict("not_shown", "the interval of its delta on the report questions holds 0")
    drawn = [
        sign * one.delta.mean
        for one in arms.values()
        if one.name.startswith("random") and one.delta and (one.coherence or 0) >= settings.threshold
    ]
    if drawn and max(drawn) >= sign * winner.delta.mean:
        return Verdict("not_shown", "a coherent random push of the same length does as much")
    if circular:
        return Verdict("not_shown", "its judge is circular: it has seen the scenes the direction comes from")
    if abs(winner.delta.mean) < WEAK:
        return Verdict("weak", f"shown, but moves the score by less than {WEAK:.0f} points")
    return Verdict("shown", "")
