"""How many completions of a set express, reverse or drift, with intervals; and how two wordings compare.

Wilson's score interval (1927) for a share; for the difference of two shares Newcombe's hybrid of the two
(1998, method 10).
"""

from collections.abc import Sequence
from typing import NamedTuple

from traitscope.vetting.reversals import Outcome


class Share(NamedTuple):
    """A share of completions with its 95 % interval, all from 0 to 1; the noise is that of scenes."""

    found: int
    of: int
    share: float
    low: float
    high: float


class Difference(NamedTuple):
    """One share less another, with its 95 % interval."""

    difference: float
    low: float
    high: float


def share(count: int, of: int) -> Share:
    """`count` of `of` completions.

    Raises:
        ValueError: there are none, or fewer than are counted.
    """
    from scipy.stats import binomtest  # slow to import, and a command that only reads needs none of it

    found = binomtest(count, of).proportion_ci(method="wilson")
    return Share(count, of, count / of, float(found.low), float(found.high))


def shares(outcomes: Sequence[Outcome]) -> dict[Outcome, Share]:
    """The share of each outcome."""
    names: tuple[Outcome, ...] = ("expresses", "reverses", "drifts")
    return {name: share(sum(one == name for one in outcomes), len(outcomes)) for name in names}


def difference(after: Share, before: Share) -> Difference:
    """`after` less `before`, of two sets of scenes."""
    found = after.share - before.share
    low = ((after.share - after.low) ** 2 + (before.high - before.share) ** 2) ** 0.5
    high = ((after.high - after.share) ** 2 + (before.share - before.low) ** 2) ** 0.5
    return Difference(found, found - low, found + high)
