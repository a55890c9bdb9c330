"""The third line of evidence: do the trait's own words become likelier?

    shift = mean over prompts of [mean over P of (after - before) - mean over N of (after - before)]

over next-token logits, with P the first tokens of the content words found in the trait's positive scenes
alone and N those found in its negative scenes alone. It needs no residual, and is what an inside score has
to beat.
"""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SHORTEST = 3
"""Letters of the shortest content word."""

_STOP_WORDS = """
    about above after again all almost along already also although always among and another any anyone
    anything are around because been before behind being below between both but came can cannot come could
    did does doing done down during each either else enough even ever every everyone everything few first for
    from get gets getting give goes going got had has have having her here hers herself him himself his how
    however into its itself just last least less let like made make makes many may maybe might mine more most
    much must myself near need neither never next nobody none nor not nothing now off often once one only
    onto other others our ours out over own perhaps put quite rather said same say says see seem seemed seems
    several shall she should since some someone something still such take than that the their theirs them
    themselves then there these they thing things this those though three through thus too took toward
    towards two under until upon use used using very want wanted was well went were what when where whether
    which while who whole whom whose why will with within without would yes yet you your yours yourself
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Function words and the verbs and adverbs of every story: they say nothing of a trait."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


class WordTokens(NamedTuple):
    """First tokens of the words of one pole alone, ascending; either may be empty."""

    positive: tuple[int, ...]
    negative: tuple[int, ...]


def word_tokens(
    positive: Iterable[str], negative: Iterable[str], first_token: Callable[[str], int]
) -> WordTokens:
    """Tokens of the content words of each pole's scenes; words, and tokens, of both poles are dropped.

    Args:
        positive: the trait's positive scenes.
        negative: its negative scenes.
        first_token: id of a word's first token when a space comes before it.
    """
    high, low = _content_words(positive), _content_words(negative)
    ups, downs = ({first_token(word) for word in words} for words in (high - low, low - high))
    return WordTokens(tuple(sorted(ups - downs)), tuple(sorted(downs - ups)))


def output_shift(
    before: NDArray[np.floating], after: NDArray[np.floating], words: WordTokens
) -> float | None:
    """Mean shift of the positive words' logits less that of the negative words'; None if a pole has no words.

    Args:
        before: (prompts, vocabulary), each prompt's next-token logits averaged over its positions.
        after: the same positions read by the other variant.

    Raises:
        ValueError: logits of unlike shapes, or not finite.
    """
    if before.shape != after.shape or before.ndim != 2:
        raise ValueError(
            f"logits of shapes {before.shape} and {after.shape} are not both (prompts, vocabulary)"
        )
    if not words.positive or not words.negative:
        return None
    # (vocabulary,): one mean over prompts, then two over words, are the formula's means in another order.
    shift = np.asarray(np.mean(after, 0, dtype=np.float64)) - np.mean(before, 0, dtype=np.float64)
    found = float(shift[list(words.positive)].mean() - shift[list(words.negative)].mean())
    if not np.isfinite(found):
        raise ValueError("the logits of the trait's words are not finite")
    return found


def likelier(
    before: NDArray[np.floating], after: NDArray[np.floating], count: int
) -> tuple[list[int], list[int]]:
    """Tokens whose probability rose most, and fell most, largest change first.

        mean over prompts of softmax(after) - softmax(before)

    Args:
        before: (prompts, vocabulary), each prompt's next-token logits averaged over its positions.
        after: the same positions read by the other variant.
        count: of each.
    """
    # A plan imports this package and nothing slow.
    from scipy.special import softmax

    change = (softmax(after, axis=1) - softmax(before, axis=1)).mean(0)
    order = np.argsort(change, kind="stable")
    return [int(one) for one in order[::-1][:count] if change[one] > 0], [
        int(one) for one in order[:count] if change[one] < 0
    ]


def _content_words(scenes: Iterable[str]) -> frozenset[str]:
    words = (match.group().lower().replace("’", "'") for scene in scenes for match in _WORD.finditer(scene))
    # "don't", "she'd": contractions are function words, "anna's" is Anna.
    stems = (word.removesuffix("'s") for word in words)
    return frozenset(w for w in stems if len(w) >= SHORTEST and "'" not in w and w not in STOP_WORDS)


def scene_outputs(
    shift: NDArray[np.floating], scenes: Iterable[str], first_token: Callable[[str], int]
) -> NDArray[np.float64]:
    """Mean logit shift over each scene's content words, (scenes,); 0 where a scene has none.

    Args:
        shift: (vocabulary,) mean change of the next-token logits.
        scenes: texts.
        first_token: as for `word_tokens`.
    """
    known: dict[str, int] = {}
    found = []
    for scene in scenes:
        words = sorted(_content_words([scene]))
        for word in words:
            if word not in known:
                known[word] = first_token(word)
        found.append(float(shift[[known[word] for word in words]].mean()) if words else 0.0)
    return np.array(found)


def beyond_output(
    score: float, output: float, null_scores: NDArray[np.floating], null_outputs: NDArray[np.floating]
) -> float | None:
    """How far an inside score lies from what its output shift alone would let expect, in standard deviations.

        z = (score - (a + b output)) / s,   a, b, s by least squares over the null contrasts

    None where the contrasts' outputs do not differ.
    """
    if np.ptp(null_outputs) == 0:
        return None
    x, y = null_outputs - np.mean(null_outputs), null_scores - np.mean(null_scores)
    b = float(x @ y / (x @ x))
    a = float(np.mean(null_scores) - b * np.mean(null_outputs))
    deviation = float(np.sqrt(np.square(y - b * x).sum() / (len(x) - 2)))
    return (score - (a + b * output)) / deviation if deviation > 0 else None
