"""The lexicon judge: VADER sentiment as a trait score.

    score = 50 * (1 + compound),  100 - that for a trait whose high end is negative sentiment

Hutto and Gilbert 2014 (VADER, ICWSM). It needs no model and no network, and serves traits of mood only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from traitscope.judging.averages import Score
from traitscope.judging.judgement import Arrived, Asked, Judgement, Rubric, unheeded

Polarity = Literal["positive", "negative"]

PACKAGE = "vaderSentiment"


@dataclass(frozen=True)
class LexiconJudge:
    """A judge of mood; `polarity` is the sentiment that shows the trait, and the rubric is not read."""

    polarity: Polarity

    @property
    def identity(self) -> Mapping[str, Any]:
        """The package whose lexicon counts, and the sentiment that scores high."""
        return {"kind": "lexicon", "model": f"vader {_version()}", "polarity": self.polarity}

    @property
    def reads_language(self) -> bool:
        """Never: words are looked up."""
        return False

    def score(self, rubric: Rubric, asked: Sequence[Asked], arrived: Arrived = unheeded) -> list[Judgement]:
        """The sentiment of each answer; no value where it holds no word.

        Raises:
            ValueError: asked for anything but a trait.
        """
        if rubric.kind != "trait":
            raise ValueError(f"a lexicon of moods cannot judge {rubric.kind}")
        judgements = []
        for index, one in enumerate(asked):
            value = lexicon_score(one.answer, self.polarity)
            reason = "the answer holds no word" if value is None else ""
            judgements.append(Judgement(value, reason, f"vader {_version()}"))
            arrived(index, judgements[-1])
        return judgements


def lexicon_score(text: str, polarity: Polarity) -> Score:
    """Trait score of an answer, 0 to 100; 50 where no word of the lexicon occurs, None where no word does."""
    if not any(character.isalpha() for character in text):
        return None
    score = 50 * (1 + float(_analyzer().polarity_scores(text)["compound"]))
    return score if polarity == "positive" else 100 - score


@cache
def _version() -> str:
    from importlib.metadata import version

    return version(PACKAGE)


@cache
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
