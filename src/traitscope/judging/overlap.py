"""Does a text share words with another: a judge trained on what it will confirm is no judge.

Two texts overlap where they are equal (case, marks and spaces aside), where they are near-duplicates (the
sets of their words overlap by four fifths), or where they share 8 words in a row.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Literal, NamedTuple

GRAM = 8
"""Words in a row that two people hardly write independently of each other."""

_WORD = re.compile(r"[\w']+")


class Overlap(NamedTuple):
    """A text that shares words with one of the others; indexes into the two sequences."""

    text: int
    other: int
    kind: Literal["equal", "near-duplicate", "8 words"]


def overlaps(texts: Sequence[str], others: Sequence[str]) -> tuple[Overlap, ...]:
    """For each text that overlaps with any of `others` the first such one, in the order of the texts."""
    words = [tuple(_WORD.findall(other.lower())) for other in others]
    bags = [frozenset(one) for one in words]
    equal = {one: index for index, one in reversed(list(enumerate(words))) if one}
    held: dict[tuple[str, ...], int] = {}
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for index, one in enumerate(words):
        for gram in _grams(one):
            held.setdefault(gram, index)
        for word in bags[index]:
            holders[word].append(index)
    found = []
    for index, text in enumerate(texts):
        own = tuple(_WORD.findall(text.lower()))
        if own in equal:
            found.append(Overlap(index, equal[own], "equal"))
        elif (near := _near(frozenset(own), bags, holders)) is not None:
            found.append(Overlap(index, near, "near-duplicate"))
        elif (shared := next((held[gram] for gram in _grams(own) if gram in held), None)) is not None:
            found.append(Overlap(index, shared, "8 words"))
    return tuple(found)


def _grams(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[start : start + GRAM]) for start in range(len(words) - GRAM + 1)]


def _near(
    bag: frozenset[str], bags: Sequence[frozenset[str]], holders: defaultdict[str, list[int]]
) -> int | None:
    """The first of `bags` whose Jaccard index with `bag` is four fifths or more."""
    candidates = sorted({index for word in bag for index in holders.get(word, ())})
    return next((i for i in candidates if 5 * len(bag & bags[i]) >= 4 * len(bag | bags[i])), None)
