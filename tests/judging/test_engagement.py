"""Coherence is capped where an answer does not engage, and nothing is asked that could not change a score."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from chat_server import ChatServer

from traitscope.judging.engagement import EngagedJudge
from traitscope.judging.judgement import Arrived, Asked, Judgement, Rubric, unheeded
from traitscope.judging.openai_judge import OpenAIJudge


class Opinionated:
    """A judge whose word is set: kind of rubric -> answer -> score."""

    def __init__(self, **scores: dict[str, float | None]) -> None:
        self.scores = scores
        self.asked: list[tuple[str, str]] = []

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"kind": "opinionated"}

    @property
    def reads_language(self) -> bool:
        return True

    def score(self, rubric: Rubric, asked: Sequence[Asked], arrived: Arrived = unheeded) -> list[Judgement]:
        said = []
        for index, one in enumerate(asked):
            self.asked.append((rubric.kind, one.answer))
            value = self.scores[rubric.kind][one.answer]
            said.append(Judgement(value, "" if value is not None else "it would not say", "opinionated", 0.9))
            arrived(index, said[-1])
        return said


def _asked(*answers: str) -> list[Asked]:
    return [Asked("Why?", answer) for answer in answers]


def test_a_fluent_answer_past_its_question_is_capped_at_fifty(coherence: Rubric) -> None:
    inner = Opinionated(
        coherence={"on": 95.0, "past": 95.0, "edge": 51.0}, engagement={"on": 50.0, "past": 49.0, "edge": 0.0}
    )
    told: list[tuple[int, float | None]] = []
    said = EngagedJudge(inner).score(
        coherence, _asked("on", "past", "edge"), lambda index, one: told.append((index, one.value))
    )
    assert [one.value for one in said] == [95.0, 50.0, 50.0]
    assert sorted(told) == [(0, 95.0), (1, 50.0), (2, 50.0)]
    assert [one.identity for one in said] == ["opinionated"] * 3


def test_only_answers_above_the_cap_are_asked_about(coherence: Rubric) -> None:
    inner = Opinionated(
        coherence={"high": 80.0, "at": 50.0, "low": 5.0, "none": None}, engagement={"high": 100.0}
    )
    said = EngagedJudge(inner).score(coherence, _asked("low", "high", "none", "at"))
    assert [one.value for one in said] == [5.0, 80.0, None, 50.0]
    assert [answer for kind, answer in inner.asked if kind == "engagement"] == ["high"]


def test_an_answer_of_which_nobody_says_whether_it_engages_has_no_score(coherence: Rubric) -> None:
    inner = Opinionated(coherence={"odd": 80.0}, engagement={"odd": None})
    (said,) = EngagedJudge(inner).score(coherence, _asked("odd"))
    assert (said.value, said.reason) == (None, "whether it engages with its question: it would not say")


def test_traits_are_scored_as_they_were(trait: Rubric) -> None:
    inner = Opinionated(trait={"odd": 80.0})
    (said,) = EngagedJudge(inner).score(trait, _asked("odd"))
    assert said.value == 80.0
    assert inner.asked == [("trait", "odd")]


def test_the_cap_is_part_of_the_identity() -> None:
    judge = EngagedJudge(Opinionated())
    assert judge.identity == {"kind": "opinionated", "engagement": True}
    assert judge.reads_language


def test_an_endpoint_is_asked_for_a_number_and_then_for_yes_or_no(
    chat: ChatServer, judge: Callable[..., OpenAIJudge], coherence: Rubric
) -> None:
    chat.says["Rain, rain, rain."] = [("80", 0.5), ("No", 0.3), ("Yes", 0.2)]
    (said,) = EngagedJudge(judge()).score(coherence, _asked("Rain, rain, rain."))
    assert said.value == 50.0
    assert said.mass == pytest.approx(0.5)
    first, second = (str(body["messages"][0]["content"]) for body in chat.judged)
    assert first.endswith("Reply with one whole number from 0 to 100 and nothing else.")
    assert second.endswith("Reply with yes or no and nothing else.")
