"""Which scenes are so alike that a fold must not part them.

Two texts are near-duplicates where the sets of their words overlap by at least four fifths (Jaccard index
|a & b| / |a | b| >= 0.8, in whole numbers, case aside); groups are what chains of near-duplicates connect.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import chain, combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WORD = re.compile(r"[\w']+")


def near_duplicates(texts: Sequence[str], overlap: float = 0.8) -> list[tuple[int, int]]:
    """Indexes, two by two, of texts whose sets of words overlap by at least that much (Jaccard index)."""
    share = Fraction(overlap).limit_denominator(100)
    return list(_near_duplicates(texts, share.numerator, share.denominator))


def near_duplicate_groups(texts: Sequence[str]) -> "NDArray[np.int64]":
    """Group of each text, (texts,) int64, numbered from 0 in order of first appearance."""
    return _numbered(_joined(len(texts), _near_duplicates(texts)))


def near_duplicate_pair_groups(positive: Sequence[str], negative: Sequence[str]) -> "NDArray[np.int64]":
    """Group of each pair, (pairs,) int64; pairs share one where a scene of one is like a scene of the other.

    Raises:
        ValueError: the poles differ in length, so that there are no pairs.
    """
    if len(positive) != len(negative):
        raise ValueError(f"{len(positive)} positive and {len(negative)} negative scenes are no pairs")
    pairs = len(positive)
    links = ((a % pairs, b % pairs) for a, b in _near_duplicates([*positive, *negative]))
    return _numbered(_joined(pairs, links))


def _near_duplicates(texts: Sequence[str], share: int = 4, of: int = 5) -> Iterable[tuple[int, int]]:
    """Indexes of near-duplicates, two by two; a set of words is a number with a bit for each word."""
    held = [set(_WORD.findall(text.lower())) for text in texts]
    bit_of_word = {word: place for place, word in enumerate(dict.fromkeys(chain.from_iterable(held)))}
    sets = [sum(1 << bit_of_word[word] for word in found) for found in held]
    for a, b in _candidates(held, share, of):
        if of * (sets[a] & sets[b]).bit_count() >= share * (sets[a] | sets[b]).bit_count():
            yield a, b


def _candidates(held: Sequence[set[str]], share: int, of: int) -> Iterable[tuple[int, int]]:
    """Indexes, in order, of all sets that may overlap so far, and of few others.

    Two sets of words that share at least ceil(s n) of the one's n share one of its rarest n - ceil(s n) + 1,
    whichever of the two it is (prefix filtering; Chaudhuri, Ganti and Kaushik 2006).
    """
    if not share:
        return combinations(range(len(held)), 2)
    holders = Counter(chain.from_iterable(held))
    with_word: defaultdict[str, list[int]] = defaultdict(list)
    found: set[tuple[int, int]] = set()
    for index, words in enumerate(held):
        rarest = sorted(words, key=lambda word: (holders[word], word))[
            : len(words) + 1 - -(-share * len(words) // of)
        ]
        for word in rarest or [""]:  # what holds no word is like what holds none
            found.update((other, index) for other in with_word[word])
            with_word[word].append(index)
    return sorted(found)


def _joined(count: int, links: Iterable[tuple[int, int]]) -> list[int]:
    """For each of `count` things the smallest one that chains of links connect it with."""
    root = list(range(count))

    def root_of(index: int) -> int:
        while root[index] != index:
            index = root[index]
        return index

    for a, b in links:
        low, high = sorted((root_of(a), root_of(b)))
        root[high] = low
    return [root_of(index) for index in range(count)]


def _numbered(roots: Sequence[int]) -> "NDArray[np.int64]":
    import numpy as np  # here, so that reading data does not load it

    number = {root: order for order, root in enumerate(dict.fromkeys(roots))}
    return np.array([number[root] for root in roots], dtype=np.int64)
