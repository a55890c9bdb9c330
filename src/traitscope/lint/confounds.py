"""What else differs between the sides: length, person, tense, punctuation, sentiment, each as an effect size.

Cohen's d of a number per scene. It counts where |d| is large and several standard errors from 0, with

    se = sqrt((n + m) / (n m) + d^2 / (2 (n + m)))

(Hedges and Olkin 1985), which is too wide where facing scenes are alike: sound sets are spared.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf, sqrt
from typing import Any

from traitscope.config.lint import LintSettings
from traitscope.lint import codes
from traitscope.lint.draft import Draft
from traitscope.lint.finding import Code, Finding
from traitscope.lint.tense import past_share
from traitscope.lint.words import HE_SHE_THEY, I_WE, YOU, words


@dataclass(frozen=True)
class Effect:
    """How far the sides differ in one measure."""

    measure: str
    family: str
    """length, person, punctuation, ...: what its code warns of."""
    d: float
    """Cohen's d; positive where the positive side has more."""
    deviations: float
    """Standard errors by which d differs from 0."""
    positive: float
    """Mean of the positive side."""
    negative: float


def effects(draft: Draft) -> list[Effect]:
    """The effect size of every measure; none where a side has fewer than two scenes."""
    positive, negative = ([scene.text for scene in side.scenes] for side in draft.sides)
    if min(len(positive), len(negative)) < 2:
        return []
    return [
        _effect(name, code.name.removeprefix("differs-"), [*map(of, positive)], [*map(of, negative)])
        for name, (code, of) in _MEASURES.items()
    ]


def confounds(draft: Draft, found: Sequence[Effect], settings: LintSettings) -> Iterator[Finding]:
    """Exact, being counts of words and marks; but which verbs are past is a heuristic."""
    for effect in found:
        if abs(effect.d) >= settings.effect_size and effect.deviations >= settings.effect_deviations:
            code, _ = _MEASURES[effect.measure]
            what = (
                f"{effect.measure}: d = {effect.d:+.2f} (mean {effect.positive:.2f} against "
                f"{effect.negative:.2f} in {draft.negative.file.name})"
            )
            yield code.found(draft.positive.file, None, what)


def standard_error(d: float, n: int, m: int) -> float:
    """Of Cohen's d between n and m values."""
    return sqrt((n + m) / (n * m) + d * d / (2 * (n + m)))


def _effect(measure: str, family: str, positive: Sequence[float], negative: Sequence[float]) -> Effect:
    from traitscope.statistics import cohens_d

    means = sum(positive) / len(positive), sum(negative) / len(negative)
    try:
        d = cohens_d(positive, negative)
    except ValueError:  # the sides differ, and neither has any spread
        return Effect(measure, family, inf if means[0] > means[1] else -inf, inf, *means)
    return Effect(measure, family, d, abs(d) / standard_error(d, len(positive), len(negative)), *means)


def _length(text: str) -> float:
    return len(text.split())


def _share(of: frozenset[str]) -> Callable[[str], float]:
    def share(text: str) -> float:
        found = words(text)
        return sum(word in of for word in found) / max(len(found), 1)

    return share


def _marks(marks: str) -> Callable[[str], float]:
    """How many of these marks a text has; an apostrophe inside a word is none."""

    def count(text: str) -> float:
        return sum(text.count(mark) for mark in marks)

    return count


def _sentiment(text: str) -> float:
    return float(_analyzer().polarity_scores(text)["compound"])


@cache
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


_MEASURES: dict[str, tuple[Code, Callable[[str], float]]] = {
    "words in a scene": (codes.DIFFERS_LENGTH, _length),
    "share of I, we": (codes.DIFFERS_PERSON, _share(I_WE)),
    "share of you": (codes.DIFFERS_PERSON, _share(YOU)),
    "share of he, she, they": (codes.DIFFERS_PERSON, _share(HE_SHE_THEY)),
    "share of the past tense": (codes.DIFFERS_TENSE, past_share),
    "commas": (codes.DIFFERS_PUNCTUATION, _marks(",")),
    "full stops": (codes.DIFFERS_PUNCTUATION, _marks(".")),
    "question marks": (codes.DIFFERS_PUNCTUATION, _marks("?")),
    "exclamation marks": (codes.DIFFERS_PUNCTUATION, _marks("!")),
    "colons, semicolons, dashes": (codes.DIFFERS_PUNCTUATION, _marks(":;–—")),
    "quotation marks": (codes.DIFFERS_PUNCTUATION, _marks('"“”«»')),
    "sentiment (VADER)": (codes.DIFFERS_SENTIMENT, _sentiment),
}
