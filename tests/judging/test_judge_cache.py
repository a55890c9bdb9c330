"""The cache of judgements: what counts as the same, what is kept, and what a damaged file says."""

import json
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chat_server import MODEL, ChatServer, cut_json, mean, opinion, reset, status
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from traitscope.errors import WorkError
from traitscope.judging.cache import JudgeCache, judgement_key
from traitscope.judging.cache_file import open_to_read
from traitscope.judging.cached import cached
from traitscope.judging.engagement import EngagedJudge
from traitscope.judging.judgement import Arrived, Asked, Judgement, Rubric, unheeded
from traitscope.judging.openai_judge import OpenAIJudge

Make = Callable[..., OpenAIJudge]

ONE = Asked("Why?", "Because.")


class Counting:
    """A judge that gives the length of an answer, once it has written down that it was asked."""

    def __init__(self, model: str = "counting-1") -> None:
        self.model = model
        self.asked: list[Asked] = []
        self.rubrics: list[Rubric] = []

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"kind": "counting", "model": self.model}

    @property
    def reads_language(self) -> bool:
        return False

    def score(self, rubric: Rubric, asked: Sequence[Asked], arrived: Arrived = unheeded) -> list[Judgement]:
        said = []
        self.rubrics.append(rubric)
        for index, one in enumerate(asked):
            self.asked.append(one)
            said.append(Judgement(float(len(one.answer)), "", self.model, 0.75))
            arrived(index, said[-1])
        return said


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "judge-cache.sqlite"


def test_what_was_judged_is_not_judged_again(path: Path, trait: Rubric, answers: list[Asked]) -> None:
    first, second = Counting(), Counting()
    with JudgeCache(path) as cache:
        before = cached(first, cache).score(trait, answers[:20])
    with JudgeCache(path) as cache:
        after = cached(second, cache).score(trait, answers)
    assert after[:20] == before
    assert second.asked == answers[20:]
    assert [one.value for one in after] == [len(one.answer) for one in answers]


def test_equal_questions_of_a_batch_are_asked_once_and_each_is_told(path: Path, trait: Rubric) -> None:
    judge = Counting()
    told: list[int] = []
    with JudgeCache(path) as cache:
        batch = [ONE, Asked("Why?", "Just so."), ONE, ONE]
        said = cached(judge, cache).score(trait, batch, lambda index, _: told.append(index))
    assert len(judge.asked) == 2
    assert sorted(told) == [0, 1, 2, 3]
    assert said[0] == said[2] == said[3]


@pytest.mark.parametrize(
    ("judge", "rubric", "asked"),
    [
        (Counting("counting-2"), Rubric("trait", "candour", "a"), ONE),
        (Counting(), Rubric("coherence", "candour", "a"), ONE),
        (Counting(), Rubric("trait", "honesty", "a"), ONE),
        (Counting(), Rubric("trait", "candour", "b"), ONE),
        (Counting(), Rubric("trait", "candour", "a", "Rate it."), ONE),
        (Counting(), Rubric("trait", "candour", "a"), Asked("Why not?", "Because.")),
        (Counting(), Rubric("trait", "candour", "a"), Asked("Why?", "Because!")),
    ],
)
def test_whatever_determines_a_score_is_part_of_its_key(
    path: Path, judge: Counting, rubric: Rubric, asked: Asked
) -> None:
    with JudgeCache(path) as cache:
        cached(Counting(), cache).score(Rubric("trait", "candour", "a"), [ONE])
        cached(judge, cache).score(rubric, [asked])
    assert judge.asked == [asked]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_two_texts_have_one_key_only_if_they_are_equal(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    rubric = Rubric("trait", "candour")
    keys = [judgement_key({}, rubric, Asked(*pair)) for pair in (first, second)]
    assert (keys[0] == keys[1]) == (first == second)


def test_the_judges_word_is_kept_and_a_fault_on_the_way_is_not(
    chat: ChatServer, judge: Make, path: Path, trait: Rubric
) -> None:
    vague, lost = Asked("Why?", "It depends."), Asked("Why?", "Out of luck.")
    chat.says[vague.answer] = [("Sure", 1.0)]
    chat.fail(lost.answer, status(500))
    with JudgeCache(path) as cache:
        said = cached(judge(retries=0), cache).score(trait, [vague, lost, ONE])
        assert [one.value is None for one in said] == [True, True, False]
        again = cached(judge(), cache).score(trait, [vague, lost, ONE])
    assert again[0] == said[0]
    assert again[1].value == pytest.approx(mean(opinion(lost.answer)))
    assert (chat.seen[vague.answer], chat.seen[lost.answer], chat.seen[ONE.answer]) == (1, 2, 1)


def test_what_arrived_before_a_stop_is_kept(
    chat: ChatServer, judge: Make, path: Path, trait: Rubric, answers: list[Asked]
) -> None:
    with JudgeCache(path) as cache:
        with pytest.raises(WorkError, match="max_calls"):
            cached(judge(max_calls=21), cache).score(trait, answers)
        cached(judge(), cache).score(trait, answers)
    assert set(chat.seen.values()) == {1}


def test_what_faults_did_to_a_batch_does_not_show_in_the_cache(
    chat: ChatServer, judge: Make, path: Path, trait: Rubric, answers: list[Asked]
) -> None:
    for index, asked in enumerate(answers):
        chat.fail(asked.answer, (reset, cut_json, status(503), status(429))[index % 4])
    with JudgeCache(path) as cache:
        cached(judge(), cache).score(trait, answers)
        assert {row["answer"]: row["value"] for row in cache.rows()} == pytest.approx(
            {one.answer: mean(opinion(one.answer)) for one in answers}
        )


def test_engagement_is_kept_apart_so_that_switching_it_on_asks_for_itself_only(
    chat: ChatServer, judge: Make, path: Path, coherence: Rubric
) -> None:
    chat.says[ONE.answer] = [("90", 0.5), ("Yes", 0.5)]
    with JudgeCache(path) as cache:
        inner = cached(judge(), cache)
        inner.score(coherence, [ONE])
        EngagedJudge(inner).score(coherence, [ONE])
        EngagedJudge(inner).score(coherence, [ONE])
    assert chat.seen[ONE.answer] == 2


def test_stats_count_by_judge_and_rubric_with_what_was_spent(
    chat: ChatServer, judge: Make, path: Path, trait: Rubric, coherence: Rubric, answers: list[Asked]
) -> None:
    chat.says[answers[0].answer] = [("Sure", 1.0)]
    with JudgeCache(path) as cache:
        paid = cached(judge(price_in=1.0, price_out=50.0), cache)
        paid.score(trait, answers[:5])
        paid.score(coherence, answers[:2])
        first, second = cache.stats()
    assert (first.kind, first.rubric, first.judgements, first.without_value) == (
        "coherence",
        "coherence",
        2,
        1,
    )
    assert (second.kind, second.rubric, second.judgements, second.without_value) == ("trait", "candour", 5, 1)
    assert (second.tokens, second.money) == (510, pytest.approx(0.001))
    assert second.identity == MODEL
    assert 0 < second.first <= second.last


def test_an_export_holds_every_judgement_as_a_line(
    path: Path, trait: Rubric, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("traitscope.judging.cache.AT_ONCE", 50)
    answers = [Asked("Why?", f"Because {number}.") for number in range(119)]
    with JudgeCache(path) as cache:
        cached(Counting(), cache).score(trait, [*answers, Asked("Why?", "half: \ud83d")])
        assert cache.export(tmp_path / "out" / "judgements.jsonl") == 120
    rows = [
        json.loads(line) for line in (tmp_path / "out" / "judgements.jsonl").read_text("utf-8").splitlines()
    ]
    assert [row["answer"] for row in rows] == [*(one.answer for one in answers), "half: ?"]
    assert (rows[0]["value"], rows[0]["judge"]["kind"], rows[0]["rubric"]) == (10.0, "counting", "candour")


def test_pruning_removes_what_all_conditions_hold_for(
    path: Path, trait: Rubric, answers: list[Asked]
) -> None:
    old, new = Counting("counting-1"), Counting("counting-2")
    with JudgeCache(path) as cache:
        cached(old, cache).score(trait, answers[:10])
        cached(new, cache).score(trait, answers[:10])
        moments = sorted(row["at"] for row in cache.rows())
        assert cache.prune() == 0
        assert cache.prune(identity="counting-3") == 0
        assert cache.prune(identity="counting-1", older_than=moments[5]) == 5
        assert cache.prune(identity="counting-2") == 10
        assert cache.prune(older_than=moments[-1] + 1) == 5
        assert cache.stats() == []


def test_a_judgement_that_another_process_wrote_first_is_the_one_that_counts(
    path: Path, trait: Rubric
) -> None:
    key = judgement_key({}, trait, ONE)
    first, second = Judgement(20.0, "", "one"), Judgement(80.0, "", "another")
    with JudgeCache(path) as cache, JudgeCache(path) as other:
        assert cache.add(key, {}, trait, ONE, first) == first
        assert other.add(key, {}, trait, ONE, second) == first
        assert other.look_up([key]) == {key: first}


def test_many_threads_may_open_and_fill_a_new_file_at_once(path: Path, trait: Rubric) -> None:
    start = threading.Barrier(8)

    def work(number: int) -> int:
        start.wait()
        with JudgeCache(path) as cache:
            batch = [Asked("Why?", f"Because {number * 5 + one}.") for one in range(20)]
            return len(cached(Counting(), cache).score(trait, batch))

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(work, range(8))) == [20] * 8
    with JudgeCache(path) as cache:
        assert sum(kept.judgements for kept in cache.stats()) == 55


def test_a_cache_changes_neither_the_judges_identity_nor_what_it_is(path: Path) -> None:
    with JudgeCache(path) as cache:
        judge = cached(Counting(), cache)
        assert judge.identity == Counting().identity
        assert not judge.reads_language


def test_a_value_comes_back_to_the_last_digit(path: Path, trait: Rubric) -> None:
    said = Judgement(100 / 3, "", "one", 1 / 3)
    with JudgeCache(path) as cache:
        cache.add("key", {}, trait, ONE, said)
    with JudgeCache(path) as cache:
        assert cache.look_up(["key"]) == {"key": said}
        assert cache.add("none", {}, trait, ONE, replace(said, value=None, reason="vague")).value is None


def test_a_file_that_is_no_database_is_said_to_be_damaged(path: Path) -> None:
    path.write_bytes(b"these are no judgements" * 100)
    with pytest.raises(
        WorkError, match=r"is damaged, or no judge cache .*; move it away and run the command again"
    ):
        JudgeCache(path)
    assert path.read_bytes() == b"these are no judgements" * 100


def test_another_programs_database_is_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE recipes (name TEXT)")
    base.close()
    with pytest.raises(WorkError, match="is another program's database; move it away, or name another file"):
        JudgeCache(path)


def test_a_newer_file_is_not_read(path: Path) -> None:
    JudgeCache(path).close()
    with sqlite3.connect(path) as base:
        base.execute("PRAGMA user_version = 99")
    base.close()
    with pytest.raises(WorkError, match="was written by a newer version of traitscope"):
        JudgeCache(path)


def test_a_file_damaged_in_the_middle_is_said_to_be_damaged(
    path: Path, trait: Rubric, answers: list[Asked]
) -> None:
    with JudgeCache(path) as cache:
        cached(Counting(), cache).score(trait, [Asked("Why?", one.answer * 200) for one in answers])
    content = bytearray(path.read_bytes())
    content[5000:] = b"\xff" * (len(content) - 5000)
    path.write_bytes(content)
    with pytest.raises(WorkError, match=r"is damaged, or no judge cache"), JudgeCache(path) as cache:
        list(cache.rows())


def test_a_place_that_cannot_hold_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WorkError, match="cannot be written"):
        JudgeCache(tmp_path / "file" / "judge-cache.sqlite")
    with pytest.raises(WorkError, match="cannot be opened"):
        JudgeCache(tmp_path)


def test_a_cache_that_is_read_stays_as_it_is(path: Path, trait: Rubric, answers: list[Asked]) -> None:
    with JudgeCache(path) as cache:
        cached(Counting("counting-1"), cache).score(trait, answers[:3])
    before = path.read_bytes(), path.stat().st_mtime_ns
    with JudgeCache(path, open_to_read) as cache:
        assert [one.judgements for one in cache.stats()] == [3]
        with pytest.raises(WorkError, match="cannot be opened"):
            cache.prune(identity="counting-1")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_cache_is_read_while_another_process_writes(
    path: Path, trait: Rubric, answers: list[Asked]
) -> None:
    with JudgeCache(path) as writer:
        cached(Counting("counting-1"), writer).score(trait, answers[:3])
        with JudgeCache(path, open_to_read) as reader:
            cached(Counting("counting-1"), writer).score(trait, answers[:7])
            assert [one.judgements for one in reader.stats()] == [7]


def test_a_cache_that_is_not_there_is_not_made_by_reading(path: Path) -> None:
    with pytest.raises(WorkError, match="cannot be opened"):
        JudgeCache(path, open_to_read)
    assert not path.exists()
