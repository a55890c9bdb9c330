"""Words and pairs of words that alone tell the sides apart.

A word is a leak where more than four fifths of the scenes that hold it lie on one side, it is in enough of
them, and chance would not do the same to any word. Chance is a fair coin per scene (per pair, where one of
the two holds the word and the other does not: facing scenes share words on purpose), Bonferroni-corrected
for all the words that are in enough scenes; being in enough scenes says nothing of the side.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise

from traitscope.config.lint import LintSettings
from traitscope.lint import codes
from traitscope.lint.draft import Draft, Pole, Side
from traitscope.lint.finding import Finding
from traitscope.lint.words import words


@dataclass(frozen=True)
class Leak:
    """A word or pair of words that gives its side away."""

    phrase: str
    pole: Pole
    here: int
    """Scenes of that side with it."""
    there: int
    """Scenes of the other side with it."""
    lines: tuple[int, ...]
    """Of the scenes of that side."""


def leaks(draft: Draft, settings: LintSettings) -> Iterator[Finding]:
    """Exact: a count and its chance."""
    for leak in leaking_phrases(draft, settings):
        side = draft.positive if leak.pole == "positive" else draft.negative
        what = f'"{leak.phrase}" is in {leak.here} {leak.pole} scenes and {leak.there} on the other side'
        yield codes.LEAK_WORD.found_in(side.file, leak.lines, what)


def leaking_phrases(draft: Draft, settings: LintSettings) -> list[Leak]:
    """Phrases that give their side away, the widest first; a pair of words only where neither does alone."""
    sides = [[phrases(scene.text) for scene in side.scenes] for side in draft.sides]
    total = sum(map(len, sides))
    if not all(sides):
        return []
    counts = Counter(chain.from_iterable(chain.from_iterable(sides)))
    wide: dict[str, tuple[list[int], list[int]]] = {
        phrase: ([], []) for phrase, count in counts.items() if count >= settings.leak_cover * total
    }
    for which, side in enumerate(sides):
        for scene, found in enumerate(side):
            for phrase in found & wide.keys():
                wide[phrase][which].append(scene)
    share = len(sides[0]) / total
    leaking = [
        _leak(draft.sides, phrase, places)
        for phrase, places in wide.items()
        if _is_leak(places, share, draft.paired, len(wide), settings)
    ]
    alone = {leak.phrase for leak in leaking if " " not in leak.phrase}
    kept = [leak for leak in leaking if " " not in leak.phrase or not alone.intersection(leak.phrase.split())]
    return sorted(kept, key=lambda leak: (leak.there - leak.here, leak.phrase))


@lru_cache(maxsize=4096)
def phrases(text: str) -> frozenset[str]:
    """Its words, and its pairs of neighbouring words."""
    found = words(text)
    return frozenset(found) | {f"{one} {other}" for one, other in pairwise(found)}


def _is_leak(
    places: tuple[list[int], list[int]], share: float, paired: bool, tested: int, settings: LintSettings
) -> bool:
    here, there = sorted((len(places[0]), len(places[1])), reverse=True)
    if here <= settings.leak_share * (here + there):
        return False
    return one_sided_chance(places, share, paired) * tested < settings.leak_chance


def one_sided_chance(places: tuple[Sequence[int], Sequence[int]], share: float, paired: bool) -> float:
    """Chance that a word which does not depend on the side lies as unevenly (exact binomial test).

    Args:
        places: scenes that hold the word, of the positive and of the negative side.
        share: positive scenes of all.
        paired: count pairs of which one scene alone holds the word.
    """
    from traitscope.statistics import binomial_p_value

    both = set(places[0]) & set(places[1]) if paired else set()
    positive, negative = len(places[0]) - len(both), len(places[1]) - len(both)
    if not positive + negative:
        return 1.0
    return binomial_p_value(positive, positive + negative, 0.5 if paired else share)


def _leak(sides: tuple[Side, Side], phrase: str, places: tuple[list[int], list[int]]) -> Leak:
    which = 0 if len(places[0]) > len(places[1]) else 1
    side = sides[which]
    lines = tuple(side.scenes[place].line for place in places[which])
    return Leak(phrase, side.pole, len(places[which]), len(places[1 - which]), lines)
