"""Scores of one point's answers put together."""

import pytest

from traitscope.steering import Point, evaluate


def test_an_evaluation_holds_means_delta_and_strength() -> None:
    found = evaluate(2, Point(7, 3.0), 12.0, [40.0, 60.0], [80.0, 70.0], [20.0, 40.0], 70)
    assert found.step == 2
    assert found.point == Point(7, 3.0)
    assert found.relative_strength == 0.25
    assert (found.trait, found.coherence, found.delta) == (50.0, 75.0, 20.0)
    assert found.coherent
    assert found.unscored == 0


@pytest.mark.parametrize(("coherence", "coherent"), [(69.999, False), (70.0, True), (None, False)])
def test_an_evaluation_is_coherent_from_the_threshold_on(coherence: float | None, coherent: bool) -> None:
    found = evaluate(1, Point(0, 1.0), 1.0, [50.0], [coherence], [50.0], 70)
    assert found.coherent == coherent


def test_missing_scores_are_counted_and_too_many_of_them_leave_no_mean() -> None:
    few = evaluate(1, Point(0, 1.0), 1.0, [10.0] * 4 + [None], [90.0] * 5, [0.0] * 5, 70)
    assert (few.trait, few.delta, few.unscored) == (10.0, 10.0, 1)
    many = evaluate(1, Point(0, 1.0), 1.0, [10.0] * 3 + [None] * 2, [90.0] * 5, [0.0] * 5, 70)
    assert (many.trait, many.delta, many.unscored) == (None, None, 2)
    assert many.coherent


def test_a_threshold_of_zero_lets_everything_scored_pass() -> None:
    assert evaluate(1, Point(0, 1.0), 1.0, [50.0], [0.0], [50.0], 0).coherent


def test_an_evaluation_on_some_questions_is_held_against_the_same_ones_and_is_not_whole() -> None:
    found = evaluate(1, Point(0, 1.0), 1.0, [40.0, 60.0], [90.0, 90.0], [10.0, 20.0, 90.0], 70)
    assert (found.delta, found.questions, found.whole) == (35.0, 2, False)
    assert evaluate(1, Point(0, 1.0), 1.0, [40.0], [90.0], [10.0], 70).whole
