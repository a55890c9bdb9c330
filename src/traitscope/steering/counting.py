"""How many arms answer the report questions, at the least and at the most: known before anything runs."""

from typing import NamedTuple

from traitscope.steering.arms import RANDOM_ARMS


class ArmCount(NamedTuple):
    """Arms that answer the report questions."""

    least: int
    """Unsteered, the winner, and random pushes of its length."""
    most: int
    """With the weakest push that broke the language, where the search met one."""


def count_arms() -> ArmCount:
    """Arms of a report, where the search finds a winner; where it finds none, nothing is reported."""
    least = 2 + RANDOM_ARMS
    return ArmCount(least, least + 1)
