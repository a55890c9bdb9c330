"""Questions judged without steering."""

import pytest

from traitscope.vetting import QuestionScore, check_questions


def scored(*scores: float | None) -> list[QuestionScore]:
    return [QuestionScore(f"Question {number}?", "An answer.", score) for number, score in enumerate(scores)]


def test_low_and_even_scores_leave_room_to_push() -> None:
    found = check_questions(scored(5, 10, 15, 10))

    assert found.passed
    assert found.mean == 10
    assert found.spread == pytest.approx(4.082, abs=1e-3)
    assert found.rewrite == ()


def test_questions_that_score_high_by_themselves_are_to_be_rewritten_highest_first() -> None:
    found = check_questions(scored(5, 80, 10, 25))

    assert not found.passed
    assert [one.question for one in found.rewrite] == ["Question 1?", "Question 3?"]


def test_scores_far_apart_do_not_pass_even_if_they_are_low() -> None:
    assert not check_questions(scored(0, 24, 0, 24, 0, 24)).passed


def test_without_enough_scores_nothing_passes() -> None:
    found = check_questions(scored(5, None, None))

    assert (found.mean, found.spread, found.passed) == (None, None, False)
