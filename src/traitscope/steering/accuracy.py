"""What a push costs in right answers to multiple-choice items.

    score(option) = mean over its tokens t_i of log p(t_i | question, t_1 .. t_{i-1})

The option of the highest score is chosen. Its text is scored, not its letter, as an answer to the question
alone: a small model cannot pick a letter (SmolLM2-135M finds 29 % of the shipped items by letter, where 25 %
are luck, and 57 % by text), and a large one finds them either way. The mean over tokens keeps a long option
from losing by its length.
"""

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

from traitscope.statistics import Interval, paired_interval


class Accuracy(NamedTuple):
    """How often the right option was chosen, unsteered and steered, on the same items."""

    unsteered: float
    """Share of the items, 0 to 1."""
    steered: float
    change: Interval
    """steered - unsteered, as a share, over items."""


def chosen(options: Sequence[Sequence[float]]) -> int | None:
    """Place of the option with the highest score, the first of those alike; None where one has no finite one.

    Args:
        options: of each option, the log-probability of each of its tokens; none is empty.
    """
    scores = [sum(one) / len(one) for one in options]
    return scores.index(max(scores)) if all(map(isfinite, scores)) else None


def accuracy(unsteered: Sequence[bool], steered: Sequence[bool], seed: int) -> Accuracy:
    """Accuracies and their paired difference; an item has the same place in both.

    Raises:
        ValueError: fewer than two items.
    """
    changes = [float(after) - float(before) for before, after in zip(unsteered, steered, strict=True)]
    count = len(changes)
    return Accuracy(sum(unsteered) / count, sum(steered) / count, paired_interval(changes, seed))
