"""A judge without a score for anything is stopped; one that has scored is let be."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer

from traitscope.errors import WorkError
from traitscope.judging import JudgeCache
from traitscope.judging.cached import cached
from traitscope.judging.judgement import Arrived, Asked, Judgement, Rubric, unheeded
from traitscope.judging.openai_judge import OpenAIJudge
from traitscope.judging.wordless import MOST_IN_A_ROW, WatchedJudge

REFUSED = Judgement(None, "the judge refused: no", "stub-1")
LOST = Judgement(None, "no judgement came: a broken line")
SCORED = Judgement(40.0, identity="stub-1")


class Stub:
    """Says what it is told to, one after the other."""

    def __init__(self, *says: Judgement) -> None:
        self.says, self.asked = iter(says), 0

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"kind": "stub"}

    @property
    def reads_language(self) -> bool:
        return True

    def score(self, _: Rubric, asked: Sequence[Asked], arrived: Arrived = unheeded) -> list[Judgement]:
        found = []
        for index, _one in enumerate(asked):
            self.asked += 1
            found.append(next(self.says))
            arrived(index, found[-1])
        return found


def texts(count: int, start: int = 0) -> list[Asked]:
    return [Asked("Why?", f"Because of {number}.") for number in range(start, start + count)]


def test_it_is_stopped_after_twenty_with_the_reason_it_gave_most_often(trait: Rubric) -> None:
    stub = Stub(*[LOST] * 3, *[REFUSED] * 997)
    with pytest.raises(WorkError) as stop:
        WatchedJudge(stub, "moods.yaml, judges.large").score(trait, texts(1000))
    assert stub.asked == MOST_IN_A_ROW == 20
    assert str(stop.value) == (
        "moods.yaml, judges.large: 20 answers in a row got no score for candour (the judge refused: no); "
        "name another model or mode, or mend what keeps this one from scoring, and run the same command "
        "again; what was scored is kept."
    )


def test_they_are_counted_over_batches(trait: Rubric) -> None:
    judge = WatchedJudge(Stub(*[REFUSED] * 40), "here")
    judge.score(trait, texts(12))
    with pytest.raises(WorkError):
        judge.score(trait, texts(12))


def test_each_rubric_is_counted_by_itself(trait: Rubric, coherence: Rubric) -> None:
    judge = WatchedJudge(Stub(*[REFUSED] * 38), "here")
    judge.score(trait, texts(19))
    assert len(judge.score(coherence, texts(19))) == 19


def test_one_that_has_scored_may_have_no_word_for_many_in_a_row(trait: Rubric) -> None:
    judge = WatchedJudge(Stub(SCORED, *[REFUSED] * 200), "here")
    assert len(judge.score(trait, texts(201))) == 201


def test_faults_alone_stop_it_although_it_has_scored(trait: Rubric) -> None:
    with pytest.raises(WorkError, match="a broken line"):
        WatchedJudge(Stub(SCORED, *[LOST] * 200), "here").score(trait, texts(201))


def test_what_it_said_is_kept_and_what_it_once_scored_is_remembered(trait: Rubric, tmp_path: Path) -> None:
    with JudgeCache(tmp_path / "cache.sqlite") as kept:
        with pytest.raises(WorkError):
            WatchedJudge(cached(Stub(*[REFUSED] * 99), kept), "here", kept).score(trait, texts(99))
        assert sum(one.judgements for one in kept.stats()) == 20
        again = Stub(*[REFUSED] * 99)
        with pytest.raises(WorkError):
            WatchedJudge(cached(again, kept), "here", kept).score(trait, texts(20))
        assert again.asked == 0
        cached(Stub(SCORED), kept).score(trait, texts(1, start=500))
        found = WatchedJudge(cached(again, kept), "here", kept).score(trait, texts(60))
        assert (len(found), again.asked) == (60, 40)


def test_an_endpoint_is_asked_no_more_once_it_is_stopped(
    chat: ChatServer, judge: Callable[..., OpenAIJudge], trait: Rubric, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat_server.opinion", lambda _: [("Well", 0.9)])
    concurrency = 4
    arrived: list[int] = []
    watched = WatchedJudge(judge(concurrency=concurrency), "here")
    with pytest.raises(WorkError, match="20 answers in a row got no score for candour"):
        watched.score(trait, texts(200), lambda index, _: arrived.append(index))
    assert 20 <= len(arrived) < 20 + concurrency
