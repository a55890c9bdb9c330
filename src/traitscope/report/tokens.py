"""Tinted tokens: which traits can be chosen, and the one scale that both variants share."""

from collections.abc import Sequence

from traitscope.report.comparison_view import ComparisonView, TokenLine
from traitscope.report.values import Absent, Number

_REACH_QUANTILE = 0.98
"""Share of tokens inside the scale: a single huge token must not wash out all others."""


def token_traits(comparison: ComparisonView) -> tuple[str, ...]:
    """Traits with a projection for every shown token, in the order of the ranking."""
    lines = _lines(comparison)
    return tuple(
        row.trait for row in comparison.ranking if lines and all(row.trait in line.values for line in lines)
    )


def token_reach(comparison: ComparisonView, trait: str) -> float:
    """The end of the trait's scale: the 98 % quantile of |projection| over all tokens of both variants."""
    return reach_of(_lines(comparison), trait)


def reach_of(lines: Sequence[TokenLine], trait: str) -> float:
    """The same over some answers."""
    sizes = sorted(abs(value) for line in lines for value in line.values[trait])
    return sizes[min(len(sizes) - 1, int(_REACH_QUANTILE * len(sizes)))] if sizes else 0.0


def token_mean(line: TokenLine, trait: str) -> Number:
    """The trait's mean projection over an answer's tokens."""
    values = line.values[trait]
    return sum(values) / len(values) if values else Absent("the answer is empty")


def shown_token(text: str) -> tuple[str, str]:
    """(space before, what is tinted): a word without its leading space; a token of space alone as signs."""
    word = text.lstrip()
    if word:
        return text[: len(text) - len(word)], word
    return "", text.replace("\n", "\N{DOWNWARDS ARROW WITH CORNER LEFTWARDS}\n").replace(
        " ", "\N{MIDDLE DOT}"
    )


def _lines(comparison: ComparisonView) -> list[TokenLine]:
    return [line for view in comparison.tokens for line in (view.before, view.after)]
