"""Novelty: the share of a text's 8-character runs that occur for the first time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.judging import novelty


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # 17 characters hold 10 runs, of which the last repeats the first.
        ("abcdefgh abcdefgh", 9 / 10),
        # 11 characters hold 4 runs: "aa aa aa", "a aa aa ", " aa aa a" and the first again.
        ("aa aa aa aa", 3 / 4),
        ("short", 1.0),
        ("exactly8", 1.0),
        ("", 0.0),
        ("?! ... 。", 0.0),
        ("x" * 40, 1 / 33),
        ("x" * 41, 0.0),
    ],
)
def test_novelty_is_the_share_counted_by_hand(text: str, expected: float) -> None:
    assert novelty(text) == pytest.approx(expected)


def test_case_and_line_breaks_hide_no_repetition() -> None:
    plain = "the rain came down and the rain came down"
    assert novelty("The rain came down\nand THE  rain\tcame down") == novelty(plain) < 1


@given(st.text(max_size=200), st.integers(2, 6))
def test_saying_it_again_is_never_more_novel(text: str, times: int) -> None:
    once, again = novelty(text), novelty(" ".join([text] * times))
    assert 0 <= again <= 1
    # A text that repeats itself already meets new runs where its copies join.
    if once == 1 and len(" ".join(text.split())) >= 8:
        assert again < 1
