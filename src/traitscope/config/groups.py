"""Response tokens in groups: how finely a store in which tokens are summed can still be asked about them.

Groups are eight tokens long at first, and longer further on:

    0-7, 8-15, 16-23, 24-31, 32-47, 48-63, 64-95, 96-127, 128-191, ...

so that means from the eighth token on, and over the first k tokens that two answers share (k rounded down
to a border), come out of the sums exactly.
"""

from bisect import bisect_right

GROUP = 8
"""Tokens of each of the first groups."""


def borders(tokens: int) -> tuple[int, ...]:
    """Where groups begin, and, last, where the one that holds token `tokens - 1` ends."""
    found = [0, GROUP, 2 * GROUP, 3 * GROUP]
    while found[-1] < tokens:
        power = 2 ** (found[-1].bit_length() - 1)
        # From 32 on there are two groups to every doubling.
        found.append(found[-1] + (power // 2 if found[-1] > 3 * GROUP else GROUP))
    return tuple(found[: next(number for number, border in enumerate(found) if border >= tokens) + 1])


def group_of(token: int) -> int:
    """The group that holds a response token."""
    return len(borders(token + 1)) - 2


def shared_groups(one: int, other: int) -> int:
    """Groups that two answers of so many tokens both have whole: all of them where they are equally long."""
    if one == other:
        return len(borders(one)) - 1
    shorter = min(one, other)
    return bisect_right(borders(shorter), shorter) - 1
