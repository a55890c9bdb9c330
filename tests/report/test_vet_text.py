"""Vetted completions and questions in a terminal of 80 columns."""

import io
from dataclasses import replace
from typing import Literal

import pytest
from rich.console import Console, RenderableType

from traitscope.report import Absent, VettingView
from traitscope.report.vet_text import QuestionsView, questions_text, vetting_text
from traitscope.vetting import QuestionScore, Vetted, Vetting, check_questions, share

WORST = Vetted("positive", 11, 12, " and the sun [red]came[/red] out\x1b[2J at last", 8.2, "")
VIEW = VettingView("lexicon", Vetting(share(52, 60), share(55, 60), 78.4, 21.3, 1), (WORST,))


def printed(shown: RenderableType) -> str:
    stream = io.StringIO()
    Console(file=stream, width=80).print(shown)
    text = stream.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    return text


def joined(shown: RenderableType) -> str:
    return " ".join(printed(shown).split())


def questions(
    *scores: float | None, push: Literal["induce", "suppress"] = "induce"
) -> dict[str, QuestionsView]:
    scored = [QuestionScore(f"What of thing {n}?", "An answer.", score) for n, score in enumerate(scores)]
    check = check_questions(scored, push)
    return {"gloom": QuestionsView("lexicon", push, len(scores), scores.count(None), check)}


def test_every_trait_has_its_sentence_and_the_worst_of_its_completions() -> None:
    text = printed(vetting_text({"gloom": VIEW, "hedging": Absent("not vetted")}))
    assert text.startswith("gloom\n  Vetted by lexicon, which saw completions without their scenes:")
    assert "    positive, line 12, score 8: and the sun [red]came[/red] out" in text
    assert text.rstrip().endswith("hedging\n  Not vetted.")
    assert "\x1b" not in text


def test_nothing_is_said_of_the_worst_where_none_is_shown() -> None:
    assert "worst" not in printed(vetting_text({"gloom": replace(VIEW, worst=())}))


def test_good_questions_are_said_to_be_good() -> None:
    text = joined(questions_text(questions(5, 10, 15, 20)))
    assert "gloom: good to steer on" in text
    assert "4 questions answered without steering, scored by lexicon" in text
    assert "mean 12.5 (below 25 leaves room), spread 6.5 (below 12 lets a push show)" in text
    assert "too little room" not in text


def test_questions_without_room_are_listed_the_worst_first() -> None:
    text = printed(questions_text(questions(5, 60, 30, 100)))
    assert "gloom: to be rewritten" in text
    below = text[text.index("3 questions leave too little room:") :].splitlines()
    listed = [line.rstrip() for line in below[1:4]]
    assert listed == ["    100  What of thing 3?", "     60  What of thing 1?", "     30  What of thing 2?"]
    assert "1 question leaves too little room" in printed(questions_text(questions(5, 5, 60)))


def test_a_trait_to_be_suppressed_needs_its_room_below() -> None:
    text = joined(questions_text(questions(90, 95, 70, push="suppress")))
    assert "(above 75 leaves room to suppress)" in text
    assert "1 question leaves too little room: 70 What of thing 2?" in text


@pytest.mark.parametrize("scores", [(None, None, 5, 5), (None,) * 4])
def test_of_questions_whose_answers_have_no_scores_nothing_is_claimed(
    scores: tuple[float | None, ...],
) -> None:
    text = joined(questions_text(questions(*scores)))
    assert "gloom: not known" in text
    assert "fewer than 80 % of the answers could be scored" in text
    assert f"{scores.count(None)} answers have no score" in text


def test_a_few_missing_scores_are_counted() -> None:
    text = joined(questions_text(questions(*[10.0] * 9, None)))
    assert "good to steer on" in text and "1 answer has no score" in text
