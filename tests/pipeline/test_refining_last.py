"""Refinement as an entry of `order`: steering goes without it, and nothing is lost if it never comes."""

import io
import json
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from judged_run import rewrite, run_told
from rich.console import Console
from tiny_run import Tiny

from traitscope.cli.standing_text import rows
from traitscope.experiment import open_experiment
from traitscope.pipeline import STAGES, Conduct, Stopped, look, run_stages, stages, status
from traitscope.pipeline.report.views import report_view
from traitscope.pipeline.status import seconds_on_winners
from traitscope.pipeline.tracking import Tracker
from traitscope.report import summary_table
from traitscope.terminal import to_do

PARTS = ("answers", "scores", "search")
BEST = "steer/sombre/chat/best.json"
LEFT_OUT = "finer layers are still to come"
ORDER = [{"do": "steer"}, {"do": "refine", "if": "time_left"}]
ordered = stages.ordered_steps


def searched(tiny: Tiny) -> None:
    """One coarse layer of four, and a refinement of all of them."""
    rewrite(tiny, steer={"layers": "1", "refine": "auto"}, infer=None, compare=None)


@pytest.fixture(scope="module")
def refined_at_once(worked_on: Callable[[Callable[[Tiny], None]], Path]) -> Path:
    def work(tiny: Tiny) -> None:
        searched(tiny)
        assert tiny.run()

    return worked_on(work)


@pytest.fixture(scope="module")
def left_out(worked_on: Callable[[Callable[[Tiny], None]], Path]) -> Path:
    """Everything is done but the refinement, when the deadline came before it."""

    def work(tiny: Tiny) -> None:
        searched(tiny)
        rewrite(tiny, order=ORDER)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stages, "ordered_steps", lambda config, _: ordered(config, -1.0))
            assert tiny.run()

    return worked_on(work)


@pytest.fixture
def unrefined(left_out: Path, copy_of: Callable[[Path], Tiny]) -> Tiny:
    return copy_of(left_out)


def refined_steps(tiny: Tiny) -> list[int]:
    return sorted({one["step"] for one in tiny.json(BEST)["evaluations"] if one["refined"]})


def test_steering_leaves_refinement_out_where_an_entry_does_it(unrefined: Tiny) -> None:
    assert refined_steps(unrefined) == []
    assert unrefined.json(BEST)["out_of_time"]
    assert unrefined.json("summary.json")["traits"]["sombre"]["out_of_time"]
    assert set(unrefined.states().values()) <= {"done", "skipped"}


def test_everywhere_it_is_said_what_was_left_out_and_how_to_catch_up(unrefined: Tiny) -> None:
    experiment = open_experiment(unrefined.file)
    told = f"{LEFT_OUT}: traitscope run tiny goes on with them"
    assert told in (unrefined.root / "report/index.html").read_text()
    assert told in (unrefined.root / "report/report.md").read_text().replace("\\", "")
    stream = io.StringIO()
    Console(file=stream, width=100).print(summary_table(report_view(look(experiment))))
    assert f"  sombre: {told}" in stream.getvalue()
    steered = next(one for one in rows(Tracker(experiment).look()) if one.stage == "steer")
    assert (steered.state, steered.reason) == ("done", f"{LEFT_OUT}; a run goes on with them")
    said = to_do(status(look(experiment)), "tiny.yaml")
    assert said == "Everything is done but finer layers: traitscope run tiny.yaml"


def test_a_later_run_catches_up_and_finds_what_a_refined_search_finds(
    unrefined: Tiny, refined_at_once: Path
) -> None:
    assert unrefined.run()
    assert unrefined.json(BEST) == Tiny(refined_at_once).json(BEST)
    assert refined_steps(unrefined) == [3, 4]
    assert not unrefined.json("summary.json")["traits"]["sombre"]["out_of_time"]
    assert LEFT_OUT not in (unrefined.root / "report/index.html").read_text()
    assert to_do(status(look(open_experiment(unrefined.file))), "tiny.yaml") == "Everything is done."
    assert not unrefined.run()


def test_with_time_left_one_run_does_both_and_says_that_the_first_leaves_it_for_later(
    tiny_experiment: Tiny, refined_at_once: Path
) -> None:
    searched(tiny_experiment)
    rewrite(tiny_experiment, order=ORDER)
    said = run_told(tiny_experiment).said
    later = said.index("sombre: not refined, because the order leaves that for later")
    assert later < said.index("sombre: refining layers 0, 1, 2, 3")
    assert tiny_experiment.json(BEST) == Tiny(refined_at_once).json(BEST)


def test_a_refinement_that_is_stopped_leaves_what_was_found_before(
    unrefined: Tiny, refined_at_once: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.pipeline import answering

    before = (unrefined.root / BEST).read_bytes()
    decode, conduct, stops = answering.decode, Conduct(), 0

    def last(*arguments: object) -> object:
        conduct.asked = "interrupted"
        return decode(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(answering, "decode", last)
    while True:
        conduct.asked = ""
        try:
            run_stages(open_experiment(unrefined.file), STAGES, None, conduct)
        except Stopped:
            stops += 1
            if unrefined.json(BEST)["out_of_time"]:
                assert (unrefined.root / BEST).read_bytes() == before
                assert unrefined.json("summary.json")["traits"]["sombre"]["result"] != "skipped"
                assert "running" not in unrefined.states().values()
        else:
            break
    assert stops >= 2
    assert unrefined.json(BEST) == Tiny(refined_at_once).json(BEST)


def test_against_a_deadline_the_pace_of_the_search_before_says_whether_there_is_time(unrefined: Tiny) -> None:
    before = (unrefined.root / BEST).read_bytes()
    run_stages(open_experiment(unrefined.file), STAGES, None, Conduct(deadline=time.monotonic() + 10**6))
    assert refined_steps(unrefined) == [3, 4]
    assert (unrefined.root / BEST).read_bytes() != before


def paced(tiny: Tiny, seconds: float) -> None:
    """Let every answer have taken so long, and its judgement as long again."""
    for name in ("answering-seconds.jsonl", "judging-seconds.jsonl"):
        rows = tiny.rows(f"steer/sombre/chat/{name}")
        told = [json.dumps(row | {"seconds": seconds * row["answers"]}) for row in rows]
        (tiny.root / f"steer/sombre/chat/{name}").write_text("\n".join(told) + "\n")


@pytest.mark.parametrize(("seconds", "refined"), [(1000.0, []), (1e-6, [3, 4])])
def test_a_deadline_is_held_against_the_pace_of_the_answers_that_were_timed(
    unrefined: Tiny, seconds: float, refined: list[int]
) -> None:
    paced(unrefined, seconds)
    run_stages(open_experiment(unrefined.file), STAGES, None, Conduct(deadline=time.monotonic() + 1000))
    assert refined_steps(unrefined) == refined


def test_scores_that_were_lost_are_in_what_was_found_although_time_is_refused_again(unrefined: Tiny) -> None:
    before, scores = (unrefined.root / BEST).read_bytes(), unrefined.root / "steer/sombre/chat/scores.jsonl"
    rows = unrefined.rows("steer/sombre/chat/scores.jsonl")
    lost = rows[0] | {"trait": None, "trait_reason": "no connection", "judge": ""}
    scores.write_text("\n".join(json.dumps(row) for row in [lost, *rows[1:]]) + "\n")
    (unrefined.root / BEST).write_text(json.dumps(unrefined.json(BEST) | {"baseline": 12.5}))
    paced(unrefined, 1000.0)
    run_stages(open_experiment(unrefined.file), STAGES, None, Conduct(deadline=time.monotonic() + 1000))
    assert unrefined.rows("steer/sombre/chat/scores.jsonl")[-1] != rows[-1]
    assert (unrefined.root / BEST).read_bytes() == before
    assert set(unrefined.states().values()) <= {"done", "skipped"}


def test_what_rests_on_an_unrefined_search_rests_on_what_it_found(unrefined: Tiny) -> None:
    assert not unrefined.stale()
    (unrefined.root / BEST).write_text(json.dumps(unrefined.json(BEST) | {"baseline": 12.5}))
    assert unrefined.stale() >= {"steer: sombre: damage", "steer: sombre: specificity", "report"}


@pytest.mark.parametrize(("seconds", "refined"), [(2000.0, []), (0.0, [3, 4])])
def test_a_late_refinement_leaves_time_for_what_another_winner_makes_stale(
    unrefined: Tiny, seconds: float, refined: list[int]
) -> None:
    paced(unrefined, 1e-6)
    taken(unrefined, "steer/sombre/chat/damage.manifest.json", seconds)
    run_stages(open_experiment(unrefined.file), STAGES, None, Conduct(deadline=time.monotonic() + 1000))
    assert refined_steps(unrefined) == refined
    assert set(unrefined.states().values()) <= {"done", "skipped"}


def taken(tiny: Tiny, manifest: str, seconds: float) -> None:
    """Let a piece have taken so long."""
    (tiny.root / manifest).write_text(json.dumps(tiny.json(manifest) | {"seconds": seconds}))


def test_what_rests_on_winners_is_measured_compared_and_projected(finished: Tiny) -> None:
    for manifest, seconds in (
        ("steer/sombre/chat/damage.manifest.json", 1000.0),
        ("steer/sombre/chat/specificity.manifest.json", 2000.0),
        ("infer/moved/everyday/read-chat/projections.manifest.json", 4000.0),
        ("compare/chat_vs_moved/everyday/manifest.json", 8000.0),
        ("steer/sombre/chat/search.manifest.json", 16000.0),
        ("infer/moved/everyday/own/answers.manifest.json", 16000.0),
    ):
        taken(finished, manifest, seconds)
    found = status(look(open_experiment(finished.file)))
    # The other readings and comparisons took their seconds, too.
    assert 0 <= seconds_on_winners(found, ["sombre"]) - 15000 < 500
    assert 0 <= seconds_on_winners(found, []) - 12000 < 500


def test_stops_leave_the_pace_and_the_time_taken_as_they_are(
    tiny_experiment: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.pipeline import answering
    from traitscope.pipeline.steer import bench, stage

    searched(tiny_experiment)
    rewrite(tiny_experiment, order=ORDER)
    # Answering, reading and judging a piece take a second each, by this clock.
    monkeypatch.setattr(bench, "time", SimpleNamespace(monotonic=count(0.0, 1.0).__next__))
    decode, conduct, stops = answering.decode, Conduct(), 0

    def last(*arguments: object) -> object:
        conduct.asked = "interrupted"
        return decode(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(answering, "decode", last)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "ordered_steps", lambda config, _: ordered(config, -1.0))
        while True:
            conduct.asked = ""
            try:
                run_stages(open_experiment(tiny_experiment.file), STAGES, None, conduct)
            except Stopped:
                stops += 1
            else:
                break
    assert stops > 3
    answers = tiny_experiment.rows("steer/sombre/chat/answers.jsonl")
    pieces = tiny_experiment.rows("steer/sombre/chat/answering-seconds.jsonl")
    assert sum(row["answers"] for row in pieces) == len(answers)
    run = look(open_experiment(tiny_experiment.file))
    settings = run.experiment.config.steer
    assert settings is not None
    found = stage._pace(run, [run.traits["sombre"]], settings)
    assert found == pytest.approx(3 * len(pieces) / len(answers))
    taken = [tiny_experiment.json(f"steer/sombre/chat/{name}.manifest.json")["seconds"] for name in PARTS]
    # What was read back, once a session, took its seconds too.
    assert len(pieces) <= taken[0] < 10 * len(pieces)
    assert taken[2] < 1


def test_the_command_steer_refines_whatever_the_order_says(unrefined: Tiny) -> None:
    unrefined.run("steer")
    assert refined_steps(unrefined) == [3, 4]
