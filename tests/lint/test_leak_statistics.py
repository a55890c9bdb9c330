"""Which words give their side away, and how often chance alone would be blamed."""

import random
from collections.abc import Callable
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_set import SMALL, Copy

from traitscope.config.lint import LintSettings
from traitscope.lint.leaks import leaking_phrases, one_sided_chance
from traitscope.lint.reading import read_draft

COUNTS = st.integers(min_value=0, max_value=12)


def both_tails(k: int, n: int, p: float) -> float:
    """Chance of anything at most as likely as k of n, from the definition."""
    chances = [comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(n + 1)]
    return sum(chance for chance in chances if chance <= chances[k] * (1 + 1e-7))


@given(both=COUNTS, positive=COUNTS, negative=COUNTS)
def test_pairs_that_share_a_word_say_nothing_and_the_others_are_coins(both, positive, negative):
    here = [*range(both), *range(100, 100 + positive)]
    there = [*range(both), *range(200, 200 + negative)]

    chance = one_sided_chance((here, there), share=0.5, paired=True)

    assert chance == pytest.approx(both_tails(positive, positive + negative, 0.5))


@given(positive=COUNTS, negative=COUNTS, share=st.floats(0.2, 0.8))
def test_without_pairs_the_larger_side_is_expected_to_hold_a_word_more_often(positive, negative, share):
    chance = one_sided_chance((range(positive), range(negative)), share, paired=False)

    assert chance == pytest.approx(both_tails(positive, positive + negative, share))


def test_a_word_on_one_side_only_is_named_with_its_counts(scenes_of: Callable[..., Copy]):
    words = [f"a{number} b{number} c{number}" for number in range(40)]
    copy = scenes_of(
        [f"{text} rhubarb" if number < 20 else text for number, text in enumerate(words)],
        [f"{text} rhubarb" if number == 30 else text for number, text in enumerate(words)],
    )

    (leak,) = leaking_phrases(read_draft(copy.folder), SMALL)

    assert (leak.phrase, leak.pole, leak.here, leak.there) == ("rhubarb", "positive", 20, 1)
    assert leak.lines == tuple(range(1, 21))


@pytest.mark.parametrize(("here", "there"), [(5, 0), (20, 6), (20, 20)])
def test_a_word_in_few_scenes_or_on_both_sides_is_no_leak(here, there, scenes_of: Callable[..., Copy]):
    words = [f"a{number} b{number} c{number}" for number in range(100)]
    copy = scenes_of(
        [f"{text} rhubarb" if number < here else text for number, text in enumerate(words)],
        [f"{text} rhubarb" if number >= 100 - there else text for number, text in enumerate(words)],
    )

    assert leaking_phrases(read_draft(copy.folder), SMALL) == []


def test_sides_that_use_words_alike_are_hardly_ever_blamed(scenes_of: Callable[..., Copy]):
    draw = random.Random(3)
    vocabulary = [f"word{letter}{other}" for letter in "abcdefghij" for other in "klmnopqrst"]
    blamed = 0
    for _ in range(60):
        sides = [[" ".join(draw.sample(vocabulary, 12)) for _ in range(40)] for _ in range(2)]
        blamed += bool(leaking_phrases(read_draft(scenes_of(*sides).folder), LintSettings()))

    assert blamed <= 6  # three of sixty are allowed for by leak_chance; a word in so few scenes is discrete
