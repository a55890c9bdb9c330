"""Winners' report answers judged for the other traits: what is judged, from which answers, and when anew."""

import json

import numpy as np
import pytest
import yaml
from judged_run import rewrite
from tiny_files import word_free_score
from tiny_run import Engine, Tiny

from traitscope.experiment import open_experiment
from traitscope.planning import plan

BEST = "steer/sombre/chat/best.json"
RESULT = "steer/sombre/chat/specificity.json"
SCORES = "steer/sombre/chat/scores-for-others.jsonl"


@pytest.fixture
def two_judged(finished: Tiny) -> Tiny:
    """Both traits have a judge, and the lexicons are each other's opposites; sombre alone is steered."""
    path = finished.folder / "traits/tidy/steering.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"lexicon": "positive"}))
    finished.run("steer")
    return finished


def texts(tiny: Tiny, arm: str) -> list[str]:
    rows = [row for row in tiny.rows("steer/sombre/chat/answers.jsonl") if row["split"] == "report"]
    found = sorted((row["question"], row["text"]) for row in rows if row["arm"] == arm)
    return [text for _, text in found]


def test_cells_are_the_scores_of_the_same_answers_by_each_traits_judge(two_judged: Tiny) -> None:
    cells = {one["judged"]: one for one in two_judged.json(RESULT)["cells"]}
    assert list(cells) == ["sombre", "tidy"]
    for name, polarity in (("sombre", "negative"), ("tidy", "positive")):
        after, before = (
            np.array([word_free_score(text, polarity) for text in texts(two_judged, arm)])
            for arm in ("winner", "unsteered")
        )
        assert cells[name]["baseline"] == pytest.approx(before.mean())
        assert cells[name]["spread"] == pytest.approx(before.std(ddof=1))
        assert cells[name]["difference"] == pytest.approx((after - before).mean())
        assert cells[name]["in_spreads"] == pytest.approx((after - before).mean() / before.std(ddof=1))
        assert cells[name]["in_spreads_low"] < cells[name]["in_spreads"] < cells[name]["in_spreads_high"]
        assert cells[name]["questions"] == 5


def test_a_trait_that_is_moved_as_far_the_other_way_makes_the_winner_not_specific(two_judged: Tiny) -> None:
    found = two_judged.json(RESULT)
    assert found["specific"] is False
    assert found["specific_reason"].startswith("moves tidy by ")
    two_judged.run("report")
    assert two_judged.json("summary.json")["traits"]["sombre"]["specificity"] == found
    page = (two_judged.root / "report/index.html").read_text()
    assert "not specific" in page
    assert found["specific_reason"].split(" by ")[0] in page
    assert "What each winner does to every trait" in (two_judged.root / "report/report.md").read_text()


def test_only_the_other_traits_are_judged_and_nothing_is_generated(two_judged: Tiny, engine: Engine) -> None:
    rows = two_judged.rows(SCORES)
    assert [(row["judged"], row["arm"], row["question"]) for row in rows] == [
        ("tidy", arm, question) for arm in ("winner", "unsteered") for question in range(5)
    ]
    engine.broken = True
    before = two_judged.json(RESULT)
    for name in (RESULT, SCORES):
        (two_judged.root / name).unlink()
    two_judged.run("steer")
    assert two_judged.json(RESULT) == before
    assert two_judged.rows(SCORES) == rows


def test_another_traits_judge_makes_this_alone_stale(two_judged: Tiny) -> None:
    path = two_judged.folder / "traits/tidy/steering.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"lexicon": "negative"}))
    assert {piece for piece in two_judged.stale() if piece.startswith("steer")} == {
        "steer: sombre: specificity"
    }
    two_judged.run("steer")
    cells = {one["judged"]: one for one in two_judged.json(RESULT)["cells"]}
    assert cells["tidy"]["difference"] == pytest.approx(cells["sombre"]["difference"])


def test_a_plan_counts_what_is_judged_for_others(two_judged: Tiny) -> None:
    found = plan(open_experiment(two_judged.file))
    steered = next(one.work for one in found.work if one.work.stage == "steer")
    made = 2 * len(two_judged.rows("steer/sombre/chat/scores.jsonl")) + len(two_judged.rows(SCORES))
    assert steered.answers - steered.spared == made


def test_a_trait_that_is_only_compared_is_judged_by_whom_compare_names(two_judged: Tiny) -> None:
    before = two_judged.json(RESULT)["cells"]
    settings = yaml.safe_load(two_judged.file.read_text())
    judges = {"sombre": "lexicon", "tidy": "lexicon"}
    rewrite(
        two_judged,
        steer={"judge": {"sombre": "lexicon"}, "layers": {"sombre": "1,2"}},
        compare={"judge": judges, "pairs": settings["compare"]},
    )
    (two_judged.root / RESULT).unlink()
    two_judged.run()
    assert two_judged.json(RESULT)["cells"] == before
    assert "not steered" in (two_judged.root / "report/report.md").read_text()
    test_a_plan_counts_what_is_judged_for_others(two_judged)


def test_it_can_be_left_out(finished: Tiny, engine: Engine) -> None:
    engine.broken = True
    finished.change("threshold: 0", "threshold: 0\n  specificity: false")
    finished.run("steer")
    assert finished.json(RESULT) == {
        "specific": None,
        "specific_reason": "steer.specificity is false",
        "cells": [],
    }


def test_without_another_judge_it_cannot_be_told(finished: Tiny) -> None:
    found = finished.json(RESULT)
    assert found["specific"] is None
    assert "no other listed trait has a judge" in found["specific_reason"]
    assert [one["judged"] for one in found["cells"]] == ["sombre"]
