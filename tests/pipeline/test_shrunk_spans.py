"""Top spans: a long clause that differs throughout comes before three odd tokens."""

import numpy as np
import pytest

from traitscope.comparison.spans import Reread, top_spans
from traitscope.pipeline.compare.shrinking import shrunk

SHORT = ("It", " is", " so", ".")
LONG = (" Nobody", " will", " ever", " know", " your", " name", " in", " this", " town", ".", "x", "y")


def reread(prompt: str, tokens: tuple[str, ...], difference: float) -> Reread:
    return Reread("after", prompt, tokens, np.full(len(tokens), difference))


def test_a_clause_of_n_tokens_counts_n_of_n_and_four() -> None:
    (span,) = top_spans([shrunk(reread("p1", SHORT, 1.0))], 1)
    assert span.mean == pytest.approx(4 / 8)
    (span,) = top_spans([shrunk(reread("p1", LONG, 1.0))], 1)
    assert span.mean == pytest.approx(10 / 14)


def test_a_long_clause_comes_before_a_short_one_that_differs_a_little_more() -> None:
    both = [reread("short", SHORT, 1.1), reread("long", LONG, 1.0)]
    assert [span.prompt for span in top_spans(both, 2)] == ["short", "long"]
    assert [span.prompt for span in top_spans(map(shrunk, both), 2)] == ["long", "short"]


def test_tokens_and_words_stay_as_they_are() -> None:
    answer = reread("p1", LONG, 1.0)
    assert shrunk(answer).tokens == LONG
    assert (answer.difference == 1.0).all()
