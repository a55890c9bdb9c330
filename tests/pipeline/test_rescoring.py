"""Stored answers judged again: what is asked, what is kept, where the search goes, and what a run does."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from figures import figures
from judged_run import ChatServer, rewrite
from scipy.stats import spearmanr
from tiny_run import Engine, Tiny

from traitscope.errors import InputError, WorkError
from traitscope.pipeline.conduct import Conduct, Stopped
from traitscope.report.rescore_view import Found, Rescored, RescoreView
from traitscope.report.values import Absent

ANSWERS = "steer/sombre/chat/answers.jsonl"
SCORES = "steer/sombre/chat/scores.jsonl"
BEST = "steer/sombre/chat/best.json"


def rescored(tiny: Tiny, *traits: str, conduct: Conduct | None = None) -> list[RescoreView]:
    from traitscope.experiment import open_experiment
    from traitscope.pipeline.past.rescoring import rescore

    return rescore(open_experiment(tiny.file), traits, conduct=conduct)


def the_only(views: list[RescoreView]) -> Rescored:
    (view,) = views
    assert isinstance(view.found, Rescored), view.found
    return view.found


def redefine(tiny: Tiny) -> None:
    tiny.change("What is sombre shows it.", "Grave is sombre, gay is not.", "traits/sombre/definition.txt")


def steering_json(tiny: Tiny, **changes: Any) -> None:
    path = tiny.folder / "traits/sombre/steering.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_rescored_answers_are_those_a_run_would_have_judged(
    judged: Tiny, server: ChatServer, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    redefine(judged)
    other = tmp_path / "other"
    shutil.copytree(judged.folder, other)
    asked = len(server.bodies)
    engine.broken = True
    found = the_only(rescored(judged))
    prompts = [str(body["messages"][-1]["content"]) for body in server.bodies[asked:]]
    assert prompts and all("Grave is sombre" in one for one in prompts if "[BEGIN ANSWER" in one)
    # The server says of an answer what it said before, so that the search goes the same way.
    assert found.outcome == "same"
    kept = [(judged.root / name).read_bytes() for name in (ANSWERS, SCORES, BEST)]
    engine.broken = False
    judged.run("steer")
    assert [(judged.root / name).read_bytes() for name in (ANSWERS, SCORES, BEST)] == kept
    assert {
        piece: state for piece, state in judged.states().items() if piece.startswith("steer")
    }.items() >= {f"steer: sombre: {what}": "done" for what in ("answers", "scores", "search")}.items()
    monkeypatch.chdir(other)
    Tiny(other).run("steer")
    expected, made = figures(Tiny(other).root), figures(judged.root)
    assert made["steer/sombre/chat/best.json"] == expected["steer/sombre/chat/best.json"]
    by_answer = [
        {(row["batch"], row["row"]): row for row in tiny.rows(SCORES)} for tiny in (judged, Tiny(other))
    ]
    assert by_answer[0] == by_answer[1]


def test_old_and_new_scores_stand_side_by_side(judged: Tiny) -> None:
    before, old = judged.json(BEST), {(r["batch"], r["row"]): r for r in judged.rows(SCORES)}
    rewrite(judged, judges={"served": judged_by(judged) | {"mode": "sampled"}})
    found = the_only(rescored(judged))
    new = {(row["batch"], row["row"]): row for row in judged.rows(SCORES)}
    answers = {(row["batch"], row["row"]): row for row in judged.rows(ANSWERS)}
    unsteered = [key for key, row in answers.items() if (row["split"], row["arm"]) == ("search", "unsteered")]
    assert found.changed == ("coherence", "judge")
    assert found.baseline.old == before["baseline"]
    assert found.baseline.new == pytest.approx(np.mean([new[key]["trait"] for key in unsteered]))
    pairs = [(old[key]["trait"], new[key]["trait"]) for key in old if key in new]
    pairs = [pair for pair in pairs if None not in pair]
    assert found.answer_order == pytest.approx(spearmanr(*zip(*pairs, strict=True)).statistic)
    winner = found.winner.old
    assert isinstance(winner, Found)
    assert (winner.layer, winner.coefficient) == (before["best"]["layer"], before["best"]["coefficient"])
    arms = {arm["name"]: arm for arm in before["arms"]}
    assert set(found.arms) == set(arms)
    own = [key for key, row in answers.items() if (row["split"], row["arm"]) == ("report", "winner")]
    if len({answers[key]["coefficient"] for key in own}) == 1:
        assert found.arms["winner"].new.trait == pytest.approx(np.mean([new[key]["trait"] for key in own]))
    assert found.arms["winner"].old.trait == arms["winner"]["trait"]


def judged_by(tiny: Tiny) -> dict[str, Any]:
    import yaml

    found: dict[str, Any] = yaml.safe_load(tiny.file.read_text())["judges"]["served"]
    return found


def test_another_judge_keeps_coherence_and_the_search_of_binary_goes_the_same_way(
    finished: Tiny, engine: Engine
) -> None:
    engine.broken = True
    old = {(row["batch"], row["row"]): row for row in finished.rows(SCORES)}
    steering_json(finished, lexicon="positive")
    found = the_only(rescored(finished))
    new = {(row["batch"], row["row"]): row for row in finished.rows(SCORES)}
    assert set(new) == set(old)
    for key, row in new.items():
        assert row["trait"] == pytest.approx(100 - old[key]["trait"])
        assert (row["coherence"], row["log_probability"]) == (
            old[key]["coherence"],
            old[key]["log_probability"],
        )
    assert found.answer_order == pytest.approx(-1)
    assert found.coherence == "coherence is kept: it does not depend on what changed"
    # Deltas turn round, so that another evaluation is best, and its report answers are not there.
    assert found.outcome == "unproved"
    assert found.winner.old != found.winner.new
    assert isinstance(found.result.new, Absent)


def test_a_run_goes_on_where_new_scores_lead_elsewhere(finished: Tiny) -> None:
    answers = (finished.root / ANSWERS).read_text()
    steering_json(finished, lexicon="positive")
    found = the_only(rescored(finished))
    assert finished.states()["steer: sombre: scores"] == "running"
    scores = (finished.root / SCORES).read_text()
    finished.run("steer")
    after = (finished.root / ANSWERS).read_text()
    assert after.startswith(answers)
    assert (finished.root / SCORES).read_text().startswith(scores)
    added = [json.loads(line) for line in after[len(answers) :].splitlines()]
    assert added and {row["split"] for row in added} == {"report"}
    judged_then = (finished.root / SCORES).read_text()[len(scores) :].splitlines()
    assert len(judged_then) == len(added)
    assert isinstance(found.winner.new, Found)
    assert finished.json(BEST)["best"]["layer"] == found.winner.new.layer
    assert finished.json(BEST)["best"]["delta"] == pytest.approx(found.winner.new.delta)


def test_coherence_read_below_the_former_prompt_is_kept_and_said_so(finished: Tiny, engine: Engine) -> None:
    engine.broken = True
    steering_json(finished, lexicon="positive", trait_prompt="Write in grief.")
    former = finished.json("steer/sombre/chat/scores.manifest.json")["fingerprint"]
    found = the_only(rescored(finished))
    assert found.coherence.startswith("coherence is kept from before")
    assert {row["coherence_of"] for row in finished.rows(SCORES)} == {former}


def test_what_the_model_alone_can_judge_is_left_to_a_run(finished: Tiny, engine: Engine) -> None:
    engine.broken = True
    before = (finished.root / SCORES).read_bytes()
    steering_json(finished, trait_prompt="Write in grief.")
    with pytest.raises(InputError, match="only the system prompt that asks for the trait changed"):
        rescored(finished, "sombre")
    (view,) = rescored(finished)
    assert isinstance(view.found, Absent)
    assert (finished.root / SCORES).read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("new_tokens: 10", "new_tokens: 11", "its answers are stale"),
        ("report_questions: 5", "report_questions: 6", "its answers are stale"),
    ],
)
def test_other_answers_are_not_judged_in_their_place(finished: Tiny, old: str, new: str, said: str) -> None:
    finished.change(old, new)
    with pytest.raises(InputError, match=said):
        rescored(finished, "sombre")


def test_nothing_to_judge_again_is_said_and_touches_nothing(finished: Tiny) -> None:
    before = figures(finished.root)
    (view,) = rescored(finished)
    assert isinstance(view.found, Absent)
    assert "nothing to judge again" in view.found.reason
    assert figures(finished.root) == before


def test_rescoring_before_anything_was_steered_is_refused(tiny_experiment: Tiny) -> None:
    with pytest.raises(InputError, match="no search has come to its end"):
        rescored(tiny_experiment, "sombre")


def test_rescoring_that_was_stopped_asks_for_the_rest_and_ends_the_same(
    judged: Tiny, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.pipeline.past import rescoring

    redefine(judged)
    conduct, judge = Conduct(), rescoring._Again.judge

    def stop_after(again: Any, batch: str) -> None:
        judge(again, batch)
        conduct.asked = "interrupted"

    monkeypatch.setattr(rescoring._Again, "judge", stop_after)
    with pytest.raises(Stopped):
        rescored(judged, conduct=conduct)
    kept = (judged.root / SCORES).read_text()
    assert kept
    monkeypatch.undo()
    monkeypatch.chdir(judged.folder)
    asked = len(server.bodies)
    found = the_only(rescored(judged))
    assert found.outcome == "same"
    assert (judged.root / SCORES).read_text().startswith(kept)
    texts = [row["text"] for row in judged.rows(ANSWERS)][: len(kept.splitlines())]
    prompts = [str(body["messages"][-1]["content"]) for body in server.bodies[asked:]]
    assert not [one for one in prompts if any(f"]\n{text}\n[" in one for text in texts if text.strip())]


def test_a_second_writer_is_told_who_holds_the_experiment(finished: Tiny) -> None:
    from traitscope.experiment import locked

    with locked(finished.root / "lock"), pytest.raises(WorkError, match=str(os.getpid())):
        rescored(finished)
