"""What was found of a trait before, beside what replaced it: what changed, directions, differences."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from scipy import stats
from tiny_run import Engine, Tiny

from traitscope.errors import InputError
from traitscope.report.history_view import HistoryView
from traitscope.report.values import Absent, Estimate

BEST = "steer/sombre/chat/best.json"


def looked_back(tiny: Tiny, trait: str = "sombre") -> HistoryView:
    from traitscope.experiment import open_experiment
    from traitscope.pipeline.past.history import history

    return history(open_experiment(tiny.file), trait)


def by_question(tiny: Tiny, arm: str) -> dict[str, float]:
    """Report question -> trait score of an arm, as the files in the folder have it."""
    best = tiny.json(BEST)
    scores = {(row["batch"], row["row"]): row for row in tiny.rows("steer/sombre/chat/scores.jsonl")}
    return {
        best["questions"]["report"][row["question"]]: scores[row["batch"], row["row"]]["trait"]
        for row in tiny.rows("steer/sombre/chat/answers.jsonl")
        if (row["split"], row["arm"]) == ("report", arm) and row["batch"] in best["batches"]
    }


def polarity(tiny: Tiny, mood: str) -> None:
    path = tiny.folder / "traits/sombre/steering.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"lexicon": mood}))


def test_one_search_has_nothing_to_be_compared_with(finished: Tiny) -> None:
    found = looked_back(finished)
    assert (len(found.searches), found.changes) == (1, ())
    best = finished.json(BEST)
    (winner,) = (arm for arm in best["arms"] if arm["name"] == "winner")
    assert found.searches[0].searched_delta == best["best"]["delta"]
    assert isinstance(found.searches[0].delta, Estimate)
    assert found.searches[0].delta.mean == winner["delta"]


def test_nothing_steered_has_no_history(tiny_experiment: Tiny) -> None:
    assert looked_back(tiny_experiment) == HistoryView("sombre", (), ())
    with pytest.raises(InputError, match=r"did you mean 'sombre'"):
        looked_back(tiny_experiment, "sombr")
    with pytest.raises(InputError, match=r"leaves 'tidy' out"):
        looked_back(tiny_experiment, "tidy")


def test_another_judge_is_named_and_the_difference_is_paired_over_the_same_questions(finished: Tiny) -> None:
    old = {arm: by_question(finished, arm) for arm in ("unsteered", "winner")}
    polarity(finished, "positive")
    finished.run("steer")
    new = {arm: by_question(finished, arm) for arm in ("unsteered", "winner")}
    found = looked_back(finished)
    assert [one.archived for one in found.searches] == [True, False]
    (change,) = found.changes
    assert change.parts == {"search": (), "scores": ("judge",), "answers": (), "extraction": ()}
    assert change.written == {"sombre.lexicon": ("negative", "positive")}
    assert change.questions == (5, 5, 5)
    questions = sorted(old["unsteered"])
    moved = {arm: [new[arm][one] - old[arm][one] for one in questions] for arm in old}
    gained = np.subtract(moved["winner"], moved["unsteered"])
    for figure, expected in (
        (change.baseline, moved["unsteered"]),
        (change.winner, moved["winner"]),
        (change.delta, gained),
    ):
        assert isinstance(figure, Estimate)
        low, high = stats.t.interval(0.95, 4, np.mean(expected), stats.sem(expected))
        assert (figure.mean, figure.low, figure.high, figure.n) == pytest.approx(
            (np.mean(expected), low, high, 5)
        )
    # One extraction: its directions are the same at every layer.
    assert isinstance(change.cosines, dict)
    assert list(change.cosines.values()) == pytest.approx([1.0] * len(change.cosines))


def test_settings_and_texts_that_changed_are_quoted_as_they_were_and_are(finished: Tiny) -> None:
    finished.change("threshold: 0", "threshold: 1\n  up: 1.25")
    finished.change("What is sombre shows it.", "Grave is sombre.", "traits/sombre/definition.txt")
    finished.run("steer")
    (change,) = looked_back(finished).changes
    settings = {key: value for key, value in change.written.items() if key.startswith("steer.")}
    assert settings == {"steer.threshold": (0.0, 1.0), "steer.up": (1.2, 1.25)}
    was, now = change.written["sombre.definition"]
    assert "What is sombre shows it." in was
    assert "Grave is sombre." in now


def test_a_search_of_before_that_was_noted_has_nothing_to_quote(finished: Tiny) -> None:
    path = finished.root / BEST
    found = json.loads(path.read_text())
    del found["written"]
    path.write_text(json.dumps(found))
    polarity(finished, "positive")
    finished.run("steer")
    (change,) = looked_back(finished).changes
    assert change.written == {}


def test_other_scenes_turn_the_direction_by_what_the_cosine_says(finished: Tiny) -> None:
    directions = "extract/sombre/base/directions.safetensors"
    old, was = load_file(finished.root / directions), finished.json(BEST)["best"]["layer"]
    scene = (finished.folder / "traits/sombre/positive.txt").read_text().splitlines()[3]
    finished.change(scene, f"Today {scene}", "traits/sombre/positive.txt")
    finished.run("extract", "steer")
    new, layer = load_file(finished.root / directions), finished.json(BEST)["best"]["layer"]
    (change,) = looked_back(finished).changes
    assert isinstance(change.cosines, dict)
    assert set(change.cosines) == {was, layer}
    for place, cosine in change.cosines.items():
        before, after = old["mean_diff.write"][place], new["mean_diff.write"][place]
        assert cosine == pytest.approx(float(torch.dot(before, after)), abs=1e-5)
        assert cosine < 0.9999
    assert change.parts["answers"] == ()
    extraction = change.parts["extraction"]
    assert not isinstance(extraction, Absent)
    assert extraction


def test_a_search_that_kept_its_scores_finds_them_beside_its_successor(
    finished: Tiny, engine: Engine
) -> None:
    finished.change("threshold: 0", "threshold: 1")
    finished.run("steer")
    first, second = looked_back(finished).searches
    (change,) = looked_back(finished).changes
    assert first.delta == second.delta
    assert change.parts == {"search": ("settings",), "scores": (), "answers": (), "extraction": ()}
    assert isinstance(change.delta, Estimate)
    assert (change.delta.low, change.delta.high) == (0, 0)


def test_what_was_said_once_and_is_said_again_keeps_its_own_scores(finished: Tiny) -> None:
    finished.run("steer")
    best = finished.json(BEST)["best"]
    for mood in ("positive", "negative"):
        polarity(finished, mood)
        finished.run("steer")
    found = looked_back(finished)
    assert [one.archived for one in found.searches] == [True, True, False]
    assert found.searches[0].delta == found.searches[2].delta
    assert finished.json(BEST)["best"] == best
    there, back = found.changes
    assert isinstance(there.baseline, Estimate)
    assert isinstance(back.baseline, Estimate)
    assert there.baseline.mean == pytest.approx(-back.baseline.mean)


def test_what_is_gone_is_said_and_the_rest_is_shown(finished: Tiny) -> None:
    polarity(finished, "positive")
    finished.run("steer")
    for path in finished.root.glob("archive/*/steer/sombre/chat/scores*"):
        path.unlink()
    (change,) = looked_back(finished).changes
    assert isinstance(change.parts["scores"], Absent)
    assert isinstance(change.delta, Absent)
    assert len(looked_back(finished).searches) == 2


def test_the_screen_says_it_in_words_and_json_has_every_reason(finished: Tiny) -> None:
    from rich.console import Console

    from traitscope.report.history_text import history_text

    def shown() -> str:
        console = Console(width=100)
        with console.capture() as captured:
            console.print(history_text(looked_back(finished)))
        return captured.get()

    assert "nothing to compare with yet" in shown()
    polarity(finished, "positive")
    finished.run("steer")
    text = shown()
    first, second = (one.delta for one in looked_back(finished).searches)
    assert isinstance(first, Estimate)
    assert isinstance(second, Estimate)
    assert f"{first.mean:+.1f} then {second.mean:+.1f}" in text
    assert "changed: scores (judge)" in text
    assert 'sombre.lexicon: "negative", then "positive"' in text
    value = json.loads(json.dumps(looked_back(finished).as_json(), allow_nan=False))
    assert value["changes"][0]["delta"]["n"] == 5
    assert value["searches"][1]["archived"] is False
