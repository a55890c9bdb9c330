"""The lexicon judge: VADER sentiment as a trait score.

    score = 50 * (1 + compound),  100 - that for a trait whose high end is negative sentiment

Hutto and Gilbert 2014 (VADER, ICWSM). It needs no model and no network, and serves traits of mood only.
"""

from functools import cache
from typing import Any, Literal

from traitscope.judging.averages import Score

Polarity = Literal["positive", "negative"]


def lexicon_score(text: str, polarity: Polarity) -> Score:
    """Trait score of an answer, 0 to 100; 50 where no word of the lexicon occurs, None where no word does."""
    if not any(character.isalpha() for character in text):
        return None
    score = 50 * (1 + float(_analyzer().polarity_scores(text)["compound"]))
    return score if polarity == "positive" else 100 - score


@cache
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
