"""Where in the words a change sits: clauses ranked by how differently two readers project them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHORTEST = 3
"""Tokens of the shortest clause that is ranked: one odd token is no span."""
CONTEXT = 12
"""Tokens shown on either side."""
_CLOSING = frozenset(".,;:!?\n")


@dataclass(frozen=True)
class Reread:
    """One answer's tokens, and how much further the after variant projects each than the before variant."""

    writer: str
    prompt: str
    tokens: tuple[str, ...]
    difference: NDArray[np.float64]
    """(tokens,) after - before."""


@dataclass(frozen=True)
class Span:
    """A clause with the words around it, and the mean difference over its tokens."""

    writer: str
    prompt: str
    left: str
    text: str
    right: str
    mean: float


def clauses(tokens: Sequence[str]) -> list[range]:
    """Token ranges between punctuation marks; a mark belongs to the clause it closes."""
    found, start = [], 0
    for index, token in enumerate(tokens):
        if _CLOSING & set(token):
            found.append(range(start, index + 1))
            start = index + 1
    if start < len(tokens):
        found.append(range(start, len(tokens)))
    return found


def top_spans(answers: Iterable[Reread], count: int) -> list[Span]:
    """The `count` clauses with the largest mean difference, either way, largest first."""
    found = [_span(answer, clause) for answer in answers for clause in _long_clauses(answer)]
    return sorted(found, key=lambda span: (-abs(span.mean), span.writer, span.prompt, span.text))[:count]


def _long_clauses(answer: Reread) -> list[range]:
    return [clause for clause in clauses(answer.tokens) if len(clause) >= SHORTEST]


def _span(answer: Reread, clause: range) -> Span:
    tokens = answer.tokens
    return Span(
        answer.writer,
        answer.prompt,
        "".join(tokens[max(0, clause.start - CONTEXT) : clause.start]),
        "".join(tokens[clause.start : clause.stop]),
        "".join(tokens[clause.stop : clause.stop + CONTEXT]),
        float(answer.difference[clause.start : clause.stop].mean()),
    )
