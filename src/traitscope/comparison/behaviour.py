"""The first line of evidence: do the answers differ?

The trait's judge has scored both variants' own answers to the same questions; questions are the replicates.
The interval is that of `statistics.paired_interval` (t below 20 pairs, BCa bootstrap from 20 on), and the
p-value for Holm is two-sided, of the same test: the level at which that interval touches 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from traitscope.statistics import Interval, paired_interval, paired_p_value, smallest_visible

SCORED_SHARE = 0.8
"""Share of the questions that must have a score on both sides: the missing ones are not missing at random."""


@dataclass(frozen=True)
class Behaviour:
    """Change of the judge's score (0-100) from one variant's answers to the other's.

    Either `reason` says why there is no figure, or all figures but `visible` are there.
    """

    asked: int
    """Questions asked of both."""
    before: float | None
    """Mean score of the answers before, over the questions scored on both sides."""
    after: float | None
    """The same, after."""
    interval: Interval | None
    """Mean difference, after - before, with its 95 % interval over questions."""
    p_value: float | None
    """Two-sided, consistent with the interval."""
    visible: float | None
    """Smallest change that would have been seen in 4 of 5 repetitions; None if all differences are equal."""
    reason: str | None
    """Why there is no interval."""


def behaviour(
    before: Sequence[float | None], after: Sequence[float | None], seed: int = 0, tests: int = 1
) -> Behaviour:
    """Compare the scores of both variants' answers to the same questions, in the same order.

    Args:
        before: scores 0-100, None where the judge gave none.
        after: the same for the other variant.
        seed: draws the bootstrap.
        tests: number of traits with a judge, which makes the smallest visible change larger.

    Raises:
        ValueError: the two are not of one length.
    """
    pairs = [(x, y) for x, y in zip(before, after, strict=True) if x is not None and y is not None]
    asked = len(before)
    if len(pairs) < 2 or len(pairs) < SCORED_SHARE * asked:
        reason = (
            f"{len(pairs)} of {asked} questions have a score on both sides; {SCORED_SHARE:.0%} are needed"
        )
        if len(pairs) >= SCORED_SHARE * asked:
            reason = f"{len(pairs)} scored questions give no interval"
        return unjudged(asked, reason)
    differences = [y - x for x, y in pairs]
    return Behaviour(
        asked,
        sum(x for x, _ in pairs) / len(pairs),
        sum(y for _, y in pairs) / len(pairs),
        paired_interval(differences, seed),
        paired_p_value(differences, seed),
        smallest_visible(differences, tests),
        None,
    )


def unjudged(asked: int, reason: str) -> Behaviour:
    """No figure of the answers to `asked` questions, and why."""
    return Behaviour(asked, None, None, None, None, None, reason)
