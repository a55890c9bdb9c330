"""Vetting in words: pass rates with their intervals, and all that takes away from what they say."""

from dataclasses import replace

import pytest

from traitscope.report import Absent, VettingView
from traitscope.report.trait_view import Filtered
from traitscope.report.vetting_sentences import brief, evidence, worst_line
from traitscope.vetting import Vetted, Vetting, share

FOUND = Vetting(share(52, 60), share(55, 60), 78.4, 21.3, 1)
VIEW = VettingView("mini: gpt", FOUND, ())


def test_both_pass_rates_stand_with_their_intervals_and_the_distance_of_the_means() -> None:
    positive, negative = FOUND.positive, FOUND.negative
    assert evidence(VIEW) == (
        "Vetted by mini: gpt, which saw completions without their scenes: "
        f"87 % [{100 * positive.low:.0f}, {100 * positive.high:.0f}] of the positive and "
        f"92 % [{100 * negative.low:.0f}, {100 * negative.high:.0f}] of the negative ones pass. "
        "The poles' means lie 57 points apart."
    )


@pytest.mark.parametrize(
    ("positive", "negative", "sentence"),
    [
        (60.0, 35.0, "The poles' means lie 25 points apart."),
        (60.0, 35.1, "points apart, below 25: the completions hardly show the trait."),
        (30.0, 60.0, "The poles' means lie -30 points apart, below 25"),
        (None, 20.0, "Fewer than 80 % of a pole could be scored, so their means say nothing."),
    ],
)
def test_means_that_hardly_differ_are_warned_of(
    positive: float | None, negative: float, sentence: str
) -> None:
    found = replace(FOUND, positive_mean=positive, negative_mean=negative)
    assert sentence in evidence(replace(VIEW, found=found))


def test_a_filter_says_how_many_pairs_are_left_and_how_far_the_direction_turned() -> None:
    view = replace(VIEW, filtered=Filtered(52, 60, 0.974, 0.811))
    assert evidence(view).endswith(
        " Directions come from the 52 of 60 pairs that pass; with and without the others, the mean"
        " difference has a cosine of 0.97 at the median layer and 0.81 at the lowest."
    )


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("not vetted", "Not vetted."),
        ("not vetted: the stage vet is stale", "Not vetted: the stage vet is stale."),
    ],
)
def test_without_vetting_that_is_said(reason: str, sentence: str) -> None:
    assert evidence(Absent(reason)) == sentence
    assert brief(Absent(reason)) == "not vetted"


def test_a_cell_holds_the_pass_rates_and_whether_the_judge_learned_from_what_it_vets() -> None:
    assert brief(VIEW) == "87 / 92 %"
    assert brief(replace(VIEW, self_vetted=True)) == "87 / 92 %, self-vetted"


def test_one_of_the_worst_is_told_in_a_line() -> None:
    one = Vetted("positive", 11, 12, " and\nthe sun\t came out", 8.2, "")
    assert worst_line(one) == "positive, line 12, score 8: and the sun came out"
