"""How many arms answer the report questions, at the least and at the most: known before anything runs."""

from typing import NamedTuple

from traitscope.config import SteerSettings


class ArmCount(NamedTuple):
    """Arms that answer the report questions."""

    least: int
    """Unsteered, the winner, random and other traits' directions, shuffled labels, and the prompt."""
    most: int
    """With the weakest push that broke the language, where the search met one."""


def count_arms(settings: SteerSettings, traits: int) -> ArmCount:
    """Arms of a report in an experiment of so many traits, where the search finds a winner; where it finds
    none, nothing is reported."""
    least = 4 + settings.random_arms + min(settings.other_arms, traits - 1)
    return ArmCount(least, least + 1)
