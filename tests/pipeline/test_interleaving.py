"""Traits that take turns: what is judged while what is answered, and what becomes of all when one fails."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from traitscope.errors import WorkError
from traitscope.pipeline import Conduct, Stopped
from traitscope.pipeline.steer import interleaving
from traitscope.pipeline.steer.bench import Refinement, Spent, Wanted


@dataclass
class Table:
    """Stands in for benches: pieces are numbers, and answering and judging take time."""

    answering: float = 0.0
    judging: float = 0.0
    waits: bool = True
    answered: list[str] = field(default_factory=list)
    judged: list[str] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    breaks: str = ""
    spent: Spent = field(default_factory=Spent)


@dataclass(frozen=True)
class Piece:
    bench: Table
    name: str


@dataclass
class Run:
    conduct: Conduct = field(default_factory=Conduct)
    refines: bool = True
    reserve: float = 0.0


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    """A table at which works ask for pieces by name and are sent them back as scores."""
    table = Table()

    def answer_piece(piece: Piece) -> str:
        if piece.name == table.breaks:
            raise WorkError("the disk", "is full", "make room")
        time.sleep(table.answering)
        table.answered.append(piece.name)
        table.spent.answers += 1
        return piece.name

    def judge_piece(bench: Table, read: str) -> list[str]:
        time.sleep(table.judging)
        table.judged.append(read)
        table.threads.add(threading.get_ident())
        return [read]

    monkeypatch.setattr(
        interleaving, "pieces", lambda wanted: [Piece(table, one) for one in wanted.questions]
    )
    monkeypatch.setattr(interleaving, "answer_piece", answer_piece)
    monkeypatch.setattr(interleaving, "judge_piece", judge_piece)
    monkeypatch.setattr(interleaving, "by_arm", lambda _, scored: {"all": list(scored)})
    return table


def work(name: str, steps: Sequence[Sequence[str]], told: list[Any]) -> Iterator[Any]:
    """A work that wants these pieces, step after step, and tells what it was sent and how it ended."""
    try:
        for step in steps:
            found = yield Wanted(None, "search", step, {}, 0.0)  # type: ignore[arg-type]
            told.append((name, found["all"]))
    except BaseException as error:
        told.append((name, str(error)))
        raise


def test_scores_come_back_in_the_order_of_what_was_wanted(table: Table) -> None:
    told: list[Any] = []
    works = {name: work(name, [[f"{name}1", f"{name}2"], [f"{name}3"]], told) for name in "ab"}
    interleaving.interleave(works, Run())
    assert sorted(told) == [("a", ["a1", "a2"]), ("a", ["a3"]), ("b", ["b1", "b2"]), ("b", ["b3"])]
    assert sorted(table.answered) == sorted(table.judged) == ["a1", "a2", "a3", "b1", "b2", "b3"]


def test_answers_of_others_are_made_while_scores_are_waited_for(table: Table) -> None:
    table.answering = table.judging = 0.05
    works = {name: work(name, [[f"{name}{step}"] for step in range(4)], []) for name in "abcdef"}
    waited = interleaving.interleave(works, Run())
    # One after the other it would be 24 x 0.1 s, with the model idle half of the time.
    assert waited.seconds < 0.3 * waited.of
    assert threading.get_ident() not in table.threads


def test_how_much_slower_the_judge_is_is_known(table: Table) -> None:
    table.answering, table.judging = 0.01, 0.05
    works = {name: work(name, [[f"{name}{step}"] for step in range(4)], []) for name in "ab"}
    waited = interleaving.interleave(works, Run())
    assert 0.5 * waited.of < waited.seconds < 0.95 * waited.of


def test_a_judge_on_this_machine_works_where_the_model_does(table: Table) -> None:
    table.waits = False
    interleaving.interleave({"a": work("a", [["a1"]], [])}, Run())
    assert table.threads == {threading.get_ident()}


def test_what_fails_fails_inside_its_own_work_and_the_rest_is_stopped(table: Table) -> None:
    table.breaks, told = "b2", list[Any]()
    works = {name: work(name, [[f"{name}1"], [f"{name}2"]], told) for name in "ab"}
    with pytest.raises(WorkError, match="the disk: is full"):
        interleaving.interleave(works, Run())
    assert ("b", "the disk: is full; make room.") in told


def test_the_others_go_on_where_the_run_keeps_going(table: Table) -> None:
    table.breaks, told, run = "b2", list[Any](), Run(Conduct(keep_going=True))
    works = {name: work(name, [[f"{name}1"], [f"{name}2"]], told) for name in "abc"}
    interleaving.interleave(works, run)
    assert run.conduct.failures == ["b: the disk: is full; make room."]
    assert {name for name, found in told if found == [f"{name}2"]} == {"a", "c"}
    assert ("b", "the disk: is full; make room.") in told


def test_a_work_that_fails_by_itself_is_no_other(table: Table) -> None:
    def hopeless() -> Iterator[Any]:
        raise WorkError("gloom", "has no baseline", "look at it")
        yield

    told: list[Any] = []
    run = Run(Conduct(keep_going=True))
    interleaving.interleave({"gloom": hopeless(), "a": work("a", [["a1"]], told)}, run)
    assert run.conduct.failures == ["gloom: gloom: has no baseline; look at it."]
    assert told == [("a", ["a1"])]


def test_all_works_hear_why_the_run_stops(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    conduct, told = Conduct(), list[Any]()
    answer: Callable[[Piece], str] = interleaving.answer_piece

    def stopping(piece: Piece) -> str:
        conduct.check()
        conduct.asked = "interrupted"
        return answer(piece)

    monkeypatch.setattr(interleaving, "answer_piece", stopping)
    works = {name: work(name, [[f"{name}1"], [f"{name}2"]], told) for name in "ab"}
    with pytest.raises(Stopped, match="interrupted"):
        interleaving.interleave(works, Run(conduct))
    assert ("a", "interrupted") in told and ("b", "interrupted") in told
    # What was answered before was judged and is kept.
    assert table.judged == ["a1"]


def searching(name: str, gain: float, told: list[Any], answers: int = 10) -> Iterator[Any]:
    """A work that asks for time to refine before it is proved."""
    yield Wanted(None, "search", [f"{name}1"], {}, 0.0)  # type: ignore[arg-type]
    if (yield Refinement(gain, answers, proof=5)):
        told.append(name)
        yield Wanted(None, "search", [f"{name}2"], {}, 0.0)  # type: ignore[arg-type]
    yield Wanted(None, "report", [f"{name}3"], {}, 0.0)  # type: ignore[arg-type]


def test_without_a_deadline_all_are_refined_and_those_that_promise_most_first(table: Table) -> None:
    told: list[Any] = []
    gains = {"a": 1.0, "b": 7.0, "c": 3.0}
    interleaving.interleave({name: searching(name, gain, told) for name, gain in gains.items()}, Run())
    assert sorted(told) == ["a", "b", "c"]
    # All searches come first.
    assert table.answered[:3] == ["a1", "b1", "c1"]
    assert [one for one in table.answered if one.endswith("2")] == ["b2", "c2", "a2"]


def test_where_time_is_short_all_are_proved_first_and_none_is_refined_that_does_not_fit(table: Table) -> None:
    told: list[Any] = []
    table.answering = 0.02
    works = {name: searching(name, 1.0, told, answers=10**6) for name in "ab"}
    interleaving.interleave(works, Run(Conduct(deadline=time.monotonic() + 60)))
    assert told == []
    assert table.answered == ["a1", "b1", "a3", "b3"]


@pytest.mark.parametrize(("reserve", "refined"), [(0.0, ["a"]), (3600.0, [])])
def test_what_is_kept_for_others_is_no_time_for_a_refinement(
    table: Table, reserve: float, refined: list[str]
) -> None:
    told: list[Any] = []
    run = Run(Conduct(deadline=time.monotonic() + 1800), reserve=reserve)
    interleaving.interleave({"a": searching("a", 1.0, told)}, run)
    assert told == refined


@pytest.mark.parametrize(
    ("time_left", "refined"),
    [(None, ["b", "c", "a"]), (60.0, ["b", "c", "a"]), (59.0, ["b", "c"]), (30.0, ["c"]), (29.0, [])],
)
def test_refinements_fill_the_time_that_proofs_leave(time_left: float | None, refined: list[str]) -> None:
    asking = {"a": Refinement(1, 10, 10), "b": Refinement(7, 20, 4), "c": Refinement(3, 10, 6)}
    # Proofs take 20 answers, at a second each.
    assert interleaving.refined_in_time(asking, time_left, 1.0) == refined


def test_what_is_proved_already_takes_time_for_a_proof_only_if_it_is_refined() -> None:
    asking = {"a": Refinement(1, 10, 10, proved=True), "b": Refinement(7, 20, 4)}
    assert interleaving.refined_in_time(asking, 24.0, 1.0) == ["b"]
    assert interleaving.refined_in_time(asking, 44.0, 1.0) == ["b", "a"]
    assert interleaving.refined_in_time(asking, 43.0, 1.0) == ["b"]


def test_nothing_is_refined_against_a_deadline_before_the_pace_is_known() -> None:
    assert interleaving.refined_in_time({"a": Refinement(1, 10, 10)}, 1e9, None) == []
    assert interleaving.refined_in_time({"a": Refinement(1, 10, 10)}, None, None) == ["a"]
