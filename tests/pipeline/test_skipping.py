"""Traits that are not steered: by hand, or because their unsteered answers leave no room."""

import pytest
from judged_run import rewrite, without_comparison
from tiny_run import Engine, Tiny

from traitscope.errors import InputError
from traitscope.experiment import open_experiment
from traitscope.pipeline.vectors.winner import load_direction
from traitscope.planning import plan


def test_a_trait_skipped_by_hand_costs_nothing_and_its_row_says_why(
    tiny_experiment: Tiny, engine: Engine
) -> None:
    without_comparison(tiny_experiment)
    rewrite(tiny_experiment, steer={"skip": {"sombre": "its scenes are being rewritten."}})
    tiny_experiment.run("extract")
    before = engine.decoded
    tiny_experiment.run("steer", "report")
    assert engine.decoded == before
    assert not (tiny_experiment.root / "steer").exists()
    row = tiny_experiment.json("summary.json")["traits"]["sombre"]
    assert (row["result"], row["result_reason"]) == ("skipped", "its scenes are being rewritten")
    assert row["best"] is None
    assert "its scenes are being rewritten" in (tiny_experiment.root / "report/report.md").read_text()
    assert not [one for one in plan(open_experiment(tiny_experiment.file)).work if one.work.stage == "steer"]
    with pytest.raises(InputError, match=r"steer.skip: leaves out 'sombre' \(its scenes are being"):
        load_direction(tiny_experiment.file, "sombre")


def test_another_traits_reason_leaves_what_was_steered_as_it_is(finished: Tiny) -> None:
    rewrite(finished, steer={"skip": {"tidy": "not now"}})
    assert not {one for one in finished.stale() if one.startswith("steer")}
    assert finished.states()["steer: tidy"] == "skipped"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"skip_above": 10}, "no room to induce it: the unsteered answers score"),
        ({"skip_below": 90, "push": "suppress"}, "no room to suppress it: the unsteered answers score"),
    ],
)
def test_without_room_nothing_is_spent_but_the_unsteered_answers(
    tiny_experiment: Tiny, engine: Engine, changes: dict[str, object], said: str
) -> None:
    without_comparison(tiny_experiment)
    rewrite(tiny_experiment, steer=changes)
    tiny_experiment.run("extract")
    before = engine.decoded
    tiny_experiment.run("steer", "report")
    assert engine.decoded == before + tiny_experiment.setting("questions")
    row = tiny_experiment.json("summary.json")["traits"]["sombre"]
    assert row["result"] == "skipped"
    assert row["result_reason"].startswith(said)
    assert 10 < row["baseline"] < 90
    assert row["arms"] == []
    assert said in (tiny_experiment.root / "report/report.md").read_text()
    assert tiny_experiment.states()["steer: sombre: search"] == "done"


def test_room_that_a_changed_bound_makes_is_used_and_answers_nothing_again(
    tiny_experiment: Tiny, engine: Engine
) -> None:
    without_comparison(tiny_experiment)
    rewrite(tiny_experiment, steer={"skip_above": 10})
    tiny_experiment.run("extract", "steer")
    unsteered = tiny_experiment.rows("steer/sombre/chat/answers.jsonl")
    rewrite(tiny_experiment, steer={"skip_above": 100})
    after = {"search", "damage", "specificity"}
    assert tiny_experiment.stale() == {f"steer: sombre: {what}" for what in after}
    tiny_experiment.run("steer")
    assert tiny_experiment.rows("steer/sombre/chat/answers.jsonl")[: len(unsteered)] == unsteered
    assert tiny_experiment.json("steer/sombre/chat/best.json")["best"] is not None


@pytest.mark.parametrize(
    ("skip", "said"),
    [
        ({"sombr": "no"}, "'sombr' is not among the traits of this file; write one of sombre, tidy"),
        ({"sombre": " . "}, "the reason is empty"),
        ({"sombre": 3}, "steer.skip.sombre"),
        (["sombre"], "steer.skip"),
    ],
)
def test_what_is_no_reason_for_a_trait_is_refused_in_a_sentence(
    tiny_experiment: Tiny, skip: object, said: str
) -> None:
    rewrite(tiny_experiment, steer={"skip": skip})
    with pytest.raises(InputError) as told:
        tiny_experiment.run("steer")
    assert said in str(told.value)
