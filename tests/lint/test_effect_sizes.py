"""Differences in length, person, tense, punctuation and sentiment, each against a hand-made figure."""

from math import inf, sqrt
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_set import SMALL, Copy

from traitscope.lint.confounds import effects, standard_error
from traitscope.lint.reading import read_draft

LENGTHS = st.lists(st.integers(min_value=1, max_value=30), min_size=12, max_size=12)


def measured(copy: Copy) -> dict[str, float]:
    return {effect.measure: effect.d for effect in effects(read_draft(copy.folder))}


def far(lengths: list[int]) -> list[str]:
    return [" ".join(["far"] * length) for length in lengths]


@given(positive=LENGTHS, negative=LENGTHS)
def test_the_effect_of_length_is_the_difference_of_means_over_the_pooled_deviation(
    tmp_path_factory, positive, negative
):
    copy = Copy(tmp_path_factory.mktemp("trait"))
    copy.write("positive.txt", far(positive))
    copy.write("negative.txt", far(negative))

    d = measured(copy)["words in a scene"]

    pooled = sqrt((stdev(positive) ** 2 + stdev(negative) ** 2) / 2)
    if pooled:
        assert d == pytest.approx((mean(positive) - mean(negative)) / pooled)
    else:
        assert d == pytest.approx((mean(positive) > mean(negative)) * inf if d > 0 else d, nan_ok=True)


@given(st.floats(-3, 3), st.integers(2, 300), st.integers(2, 300))
def test_the_standard_error_shrinks_with_scenes_and_grows_with_the_effect(d, n, m):
    assert standard_error(d, n, m) == pytest.approx(standard_error(-d, m, n))
    assert standard_error(d, 2 * n, 2 * m) == pytest.approx(standard_error(d, n, m) / sqrt(2))
    assert standard_error(d, n, m) >= standard_error(0, n, m) == pytest.approx(sqrt(1 / n + 1 / m))


def test_swapping_the_sides_turns_every_effect_round(good: Copy):
    before = measured(good)
    positive, negative = good.lines("positive.txt"), good.lines("negative.txt")
    good.write("positive.txt", negative)
    good.write("negative.txt", positive)

    assert measured(good) == pytest.approx({measure: -d for measure, d in before.items()})


def test_a_difference_without_any_spread_is_infinite_and_warned_of(scenes_of):
    copy = scenes_of(far([9] * 24), far([6] * 24))

    assert measured(copy)["words in a scene"] == inf
    assert [finding.line for finding in copy.found("differs-length")] == [None]


def test_a_large_effect_among_few_scenes_is_not_warned_of(scenes_of):
    few, many = ([8, 10, 9, 11], [9, 11, 10, 12]), ([8, 10, 9, 11] * 25, [9, 11, 10, 12] * 25)

    assert scenes_of(far(few[1]), far(few[0])).found("differs-length", SMALL) == []
    assert len(scenes_of(far(many[1]), far(many[0])).found("differs-length", SMALL)) == 1


@pytest.mark.parametrize(
    ("measure", "more", "less"),
    [
        (
            "share of I, we",
            "We kept our lamp where I kept mine in",
            "They kept their lamp where she kept hers in",
        ),
        ("share of you", "You keep your lamp", "He keeps his lamp"),
        ("share of he, she, they", "He keeps his lamp", "You keep your lamp"),
        ("share of the past tense", "He was old and had", "He is old and has"),
        ("commas", "A lamp, a chair, and", "A lamp a chair and"),
        ("question marks", "A lamp? A chair and", "A lamp. A chair and"),
        ("exclamation marks", "A lamp! A chair and", "A lamp. A chair and"),
        ("full stops", "A lamp. A chair and", "A lamp! A chair and"),
        ("colons, semicolons, dashes", "A lamp: a chair; and", "A lamp a chair and"),
        ("quotation marks", 'A "lamp" and a', "A lamp and a"),
        ("sentiment (VADER)", "A lovely happy day in", "An ugly sad day in"),
    ],
)
def test_each_measure_sees_what_it_is_named_after(measure, more, less, scenes_of):
    copy = scenes_of([more, *[less] * 3], [less] * 4)

    assert measured(copy)[measure] > 0
