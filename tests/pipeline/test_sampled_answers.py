"""Questions answered several times at a temperature: the samples of a question are one question."""

import json
import re
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged_run import rewrite, without_comparison
from scipy import stats
from tiny_run import Tiny

from traitscope.errors import InputError
from traitscope.experiment import open_experiment
from traitscope.judging import coherence, mean_score
from traitscope.pipeline.past.rescoring import rescore
from traitscope.pipeline.steer.nesting import over_samples
from traitscope.planning import plan
from traitscope.report.rescore_view import Found, Rescored

FOLDER = "steer/sombre/chat"
QUESTIONS, REPORTED, SAMPLES = 4, 5, 3


def with_(tiny: Tiny, **steer: Any) -> Tiny:
    without_comparison(tiny)
    rewrite(tiny, steer=steer)
    return tiny


@pytest.fixture
def drawn(tiny_experiment: Tiny) -> Tiny:
    with_(tiny_experiment, samples=SAMPLES, temperature=0.9, threshold=0).run("extract", "steer")
    return tiny_experiment


def scored(tiny: Tiny) -> list[dict[str, Any]]:
    """Answers with their scores in one row."""
    scores = {(row["batch"], row["row"]): row for row in tiny.rows(f"{FOLDER}/scores.jsonl")}
    return [row | scores[row["batch"], row["row"]] for row in tiny.rows(f"{FOLDER}/answers.jsonl")]


def means(rows: Sequence[dict[str, Any]], of: str = "trait") -> np.ndarray:
    """Question by question."""
    questions = sorted({row["question"] for row in rows})
    return np.array([np.mean([row[of] for row in rows if row["question"] == one]) for one in questions])


def arm(rows: Sequence[dict[str, Any]], name: str, split: str = "report") -> list[dict[str, Any]]:
    return [row for row in rows if (row["split"], row["arm"]) == (split, name)]


def test_every_question_is_answered_as_often_as_asked_under_every_push(drawn: Tiny) -> None:
    rows = scored(drawn)
    arms = {row["arm"] for row in rows if row["split"] == "report"}
    assert {"unsteered", "winner", "random_1", "prompt"} <= arms
    for name in arms:
        assert sorted((row["question"], row["sample"]) for row in arm(rows, name)) == [
            (question, sample) for question in range(REPORTED) for sample in range(SAMPLES)
        ]
    texts = {row["text"] for row in arm(rows, "unsteered")}
    assert len(texts) > REPORTED


def test_an_evaluation_is_the_mean_over_questions_of_the_means_of_their_answers(drawn: Tiny) -> None:
    rows = scored(drawn)
    before = means(arm(rows, "unsteered", "search"))
    for one in drawn.json(f"{FOLDER}/best.json")["evaluations"]:
        own = [
            row
            for row in rows
            if row["split"] == "search" and (row.get("step"), row.get("layer")) == (one["step"], one["layer"])
        ]
        assert len(own) == QUESTIONS * SAMPLES
        assert one["trait"] == pytest.approx(means(own).mean())
        assert one["coherence"] == pytest.approx(means(own, "coherence").mean())
        assert one["delta"] == pytest.approx((means(own) - before).mean())


def test_intervals_are_over_questions_and_not_over_answers(drawn: Tiny) -> None:
    rows = scored(drawn)
    winner = next(row for row in drawn.json(f"{FOLDER}/best.json")["arms"] if row["name"] == "winner")
    differences = means(arm(rows, "winner")) - means(arm(rows, "unsteered"))
    expected = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert winner["questions"] == REPORTED
    assert winner["delta"] == pytest.approx(differences.mean())
    assert (winner["delta_low"], winner["delta_high"]) == pytest.approx((expected.low, expected.high))


def test_coherence_is_relative_to_the_unsteered_answers_to_the_same_questions(drawn: Tiny) -> None:
    rows = scored(drawn)
    plain = arm(rows, "unsteered")
    found = [row["log_probability"] for row in plain]
    reference = float(np.mean(found))
    expected = [coherence(row["text"], nats, reference) for row, nats in zip(plain, found, strict=True)]
    assert [row["coherence"] for row in plain] == pytest.approx(expected)
    winner = arm(rows, "winner")
    expected = [coherence(row["text"], row["log_probability"], reference) for row in winner]
    assert [row["coherence"] for row in winner] == pytest.approx(expected)


def test_answers_are_the_same_in_batches_of_any_size_and_others_for_another_seed(drawn: Tiny) -> None:
    def unsteered() -> dict[tuple[str, int, int], list[int]]:
        rows = [row for row in drawn.rows(f"{FOLDER}/answers.jsonl") if row["arm"] == "unsteered"]
        return {(row["split"], row["question"], row["sample"]): row["ids"] for row in rows}

    found = unsteered()
    for path in (drawn.root / FOLDER).iterdir():
        path.unlink()
    rewrite(drawn, run={"batch_rows": 4, "threads": 1})
    drawn.run("steer")
    assert unsteered() == found
    rewrite(drawn, seed=1)
    assert "steer: sombre: answers" in drawn.stale()


def test_greedy_answers_stay_true_and_drawn_ones_are_others(tiny_experiment: Tiny) -> None:
    with_(tiny_experiment, threshold=0).run("extract", "steer")
    assert all("sample" not in row for row in tiny_experiment.rows(f"{FOLDER}/answers.jsonl"))
    assert with_(tiny_experiment, samples=1, temperature=0).stale() == set()
    assert "steer: sombre: answers" in with_(tiny_experiment, temperature=0.7).stale()


def test_another_number_of_samples_makes_the_scores_stale_and_not_the_answers(drawn: Tiny) -> None:
    rewrite(drawn, steer={"samples": 2})
    stale = drawn.stale()
    assert "steer: sombre: scores" in stale
    assert "steer: sombre: answers" not in stale


def test_several_greedy_samples_are_refused(tiny_experiment: Tiny) -> None:
    with pytest.raises(InputError, match="at temperature 0 all 3 samples of a question are the same"):
        with_(tiny_experiment, samples=3).run("extract")


def test_a_plan_counts_every_sample(drawn: Tiny) -> None:
    found = plan(open_experiment(drawn.file))
    steered = next(one.work for one in found.work if one.work.stage == "steer")
    made = 2 * len(drawn.rows(f"{FOLDER}/scores.jsonl"))
    # With a threshold of 0 nothing is too strong: that arm is not there.
    assert steered.answers - steered.spared == made
    assert steered.spared == 2 * REPORTED * SAMPLES


def test_answers_judged_again_give_what_a_search_by_the_new_scores_gives(drawn: Tiny) -> None:
    path = drawn.folder / "traits/sombre/steering.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"lexicon": "positive"}))
    (view,) = rescore(open_experiment(drawn.file), ("sombre",))
    assert isinstance(view.found, Rescored)
    before = means(arm(scored(drawn), "unsteered", "search"))
    assert view.found.baseline.new == pytest.approx(before.mean())
    drawn.run("steer")
    evaluations = drawn.json(f"{FOLDER}/best.json")["evaluations"]
    for layer, found in view.found.layers.items():
        assert isinstance(found.new, Found)
        deltas = [one["delta"] for one in evaluations if one["layer"] == layer]
        assert found.new.delta == pytest.approx(max(deltas))


def test_the_report_says_how_answers_were_drawn_and_which_one_it_quotes(drawn: Tiny) -> None:
    drawn.run("report")
    page = (drawn.root / "report/index.html").read_text()
    text = (drawn.root / "report/report.md").read_text()
    told = f"{QUESTIONS} questions, {SAMPLES} answers to each drawn at temperature 0.9"
    assert told in text
    assert told in re.sub(r"\s+", " ", page)
    assert f"(answer {SAMPLES} of {SAMPLES})" in page
    quoted = drawn.json("summary.json")["traits"]["sombre"]["samples"]
    rows = {row["text"]: row["trait"] for row in arm(scored(drawn), "winner")}
    assert {one["flag"] for one in quoted} == {"worst", "median", "best"}
    assert quoted[-1]["trait"] == max(rows.values())
    assert all(rows[one["answer"]] == one["trait"] for one in quoted)


@pytest.mark.parametrize(("scored", "kept"), [(1, False), (3, False), (4, True), (5, True)])
def test_an_arm_with_fewer_than_four_fifths_of_its_answers_scored_has_no_mean(
    scored: int, kept: bool
) -> None:
    questions = [question for question in range(10) for _ in range(5)]
    scores = [80.0 if place % 5 < scored else None for place in range(50)]
    found = over_samples(questions, scores)
    assert found == ([80.0] * 10 if kept else [None] * 10)
    assert mean_score(found) == mean_score(scores)


def test_single_answers_are_left_to_the_rule_over_questions() -> None:
    scores: list[float | None] = [None, 10.0, None, 30.0]
    assert over_samples([0, 1, 2, 3], scores) == scores


@given(
    st.lists(st.lists(st.floats(0, 100), min_size=3, max_size=3), min_size=1, max_size=8),
    st.randoms(use_true_random=False),
)
def test_means_go_by_question_in_whatever_order_answers_come(
    scores: list[list[float]], random: Random
) -> None:
    rows = [(question, score) for question, some in enumerate(scores) for score in some]
    random.shuffle(rows)
    found = over_samples([question for question, _ in rows], [score for _, score in rows])
    assert found == pytest.approx([float(np.mean(some)) for some in scores])
