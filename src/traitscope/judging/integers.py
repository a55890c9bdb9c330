"""Judge score: the mean of the numbers a model might have written, weighted by how likely each was.

    score = sum(p * value) / sum(p)

over those of the 20 most likely tokens at one position that read as integers 0 to 100; none where their sum
of p is below 0.25. Yes and no are weighed the same way, yes as 100 and no as 0.

A token reads as an integer if it is the number as it is written: ASCII digits without sign, point, percent
sign or leading zero, with at most one space before and nothing after. " 85" and "85" are the same value, and
their probabilities add up; "85%", "085", "-5", "1e1", "８５", "85\\n" and "  85" are no integers.
"""

import math
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

MOST_LIKELY = 20
"""Tokens looked at: the most that endpoints tell."""
LEAST_MASS = 0.25
"""Probability that must lie on readable tokens: below it the model wants to say something else."""
WHOLE = 0.999
"""Probability from which fewer than 20 tokens will do: what is left cannot move the score by a tenth."""
SLACK = 0.02
"""What rounding may add to a sum of probabilities; beyond it they are none."""

Read = Callable[[str], int | None]
"""What a token is worth; None for one that is no answer."""

_INTEGER = re.compile(r" ?(0|[1-9][0-9]?|100)")
_YES_OR_NO = {"yes": 100, "no": 0}


class Token(NamedTuple):
    """One of the most likely tokens at a position."""

    text: str
    log_probability: float
    raw: tuple[int, ...] = ()
    """Its bytes, where they are known: two tokens may have the same text."""


class Weighed(NamedTuple):
    """What the tokens at a position come to."""

    value: float | None
    mass: float | None
    """Sum of probabilities of the readable tokens; None where there are no probabilities."""
    reason: str = ""
    """Why there is no value."""


def read_integer(text: str) -> int | None:
    """The integer 0 to 100 that a token is; None if it is anything else."""
    found = _INTEGER.fullmatch(text)
    return int(found[1]) if found else None


def read_yes_or_no(text: str) -> int | None:
    """100 for yes, 0 for no, in any case and with at most one space before; None for anything else."""
    return _YES_OR_NO.get(text.removeprefix(" ").lower())


def read_written(text: str, read: Read) -> int | None:
    """What a whole reply says, blanks around it, thoughts before it and a full stop after it left out."""
    return read(text.rpartition("</think>")[2].strip().removesuffix("."))


def weigh(tokens: Iterable[Token], read: Read = read_integer) -> Weighed:
    """Score of the most likely tokens at one position, in any order; more than 20 are cut to 20.

    A token listed twice (same text, bytes and probability) counts once.
    """
    listed = list(tokens)
    if not all(token.log_probability <= SLACK for token in listed):
        return Weighed(None, None, "the endpoint told log-probabilities that are none")
    ordered = sorted(set(listed), key=lambda token: (-token.log_probability, token))
    kept = [(token, math.exp(token.log_probability)) for token in ordered[:MOST_LIKELY]]
    told = math.fsum(p for _, p in kept)
    if told > 1 + SLACK:
        return Weighed(None, None, f"the endpoint told probabilities that add up to {told:.2f}")
    if len(listed) < MOST_LIKELY and told < WHOLE:
        return Weighed(None, None, f"the endpoint told {len(listed)} of the {MOST_LIKELY} most likely tokens")
    found = [(value, p) for token, p in kept if (value := read(token.text)) is not None]
    mass = min(math.fsum(p for _, p in found), 1.0)
    if mass < LEAST_MASS:
        likeliest = f", most likely '{kept[0][0].text[:40]}'" if kept else ""
        what = "yes or no" if read is read_yes_or_no else "numbers from 0 to 100"
        return Weighed(None, mass, f"only {mass:.0%} of the probability lies on {what}{likeliest}")
    mean = math.fsum(value * p for value, p in found) / math.fsum(p for _, p in found)
    return Weighed(min(max(mean, 0.0), 100.0), mass)
