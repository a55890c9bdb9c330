"""The mistakes in a file, collected, so that the clearest one is told and the others are counted."""

from collections.abc import Sequence
from typing import NamedTuple

from traitscope.errors import InputError


class Problem(NamedTuple):
    """One mistake in an experiment file."""

    key: str
    """Where in the file, as 'steer.layers'; empty for the file as a whole."""
    what: str
    """What was found, as a clause."""
    mend: str
    """What to write instead, as a clause in the imperative."""


def refuse(problems: Sequence[Problem], where: str) -> None:
    """Nothing where there is no problem.

    Raises:
        InputError: the first problem, and how many more there are.
    """
    if not problems:
        return
    first, more = problems[0], len(problems) - 1
    place = f"{where}, {first.key}" if first.key else where
    rest = f"; then mend {more} more {'mistake' if more == 1 else 'mistakes'} in this file" if more else ""
    raise InputError(*(_one_line(clause) for clause in (place, first.what, first.mend + rest)))


def _one_line(clause: str) -> str:
    return " ".join(clause.split())
