"""The coefficient search as a run does it: what is decoded together, where it goes, what the winner meets."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_run import Tiny

BEST = "steer/sombre/chat/best.json"
ANSWERS = "steer/sombre/chat/answers.jsonl"
SCORES = "steer/sombre/chat/scores.jsonl"


@pytest.fixture(scope="module")
def thrice(worked_on: Callable[[Callable[[Tiny], None]], Path]) -> Path:
    """Three steps, at a threshold that one layer's first evaluation meets and the other's misses."""

    def search(tiny: Tiny) -> None:
        tiny.change("start: 0.4", "start: 1.5")
        tiny.run("extract", "steer")
        first = [one["coherence"] for one in tiny.json(BEST)["evaluations"] if one["step"] == 1]
        tiny.change("threshold: 0", f"threshold: {sum(first) / 2}")
        tiny.change("steps: 2", "steps: 3")
        tiny.run("steer")

    return worked_on(search)


@pytest.fixture
def searched(thrice: Path, copy_of: Callable[[Path], Tiny]) -> Tiny:
    return copy_of(thrice)


def test_a_step_is_one_batch_of_all_layers_and_all_questions(finished: Tiny) -> None:
    rows = [row for row in finished.rows(ANSWERS) if row["split"] == "search" and row["arm"] != "unsteered"]
    for step in (1, 2):
        batch = [row for row in rows if row["step"] == step]
        assert len({row["batch"] for row in batch}) == 1
        assert sorted((row["layer"], row["question"]) for row in batch) == [
            (layer, question) for layer in (1, 2) for question in range(4)
        ]


def test_the_trajectory_is_that_of_the_coherences_found(searched: Tiny) -> None:
    found, threshold = searched.json(BEST), searched.setting("threshold")
    assert {one["coherent"] for one in found["evaluations"]} == {True, False}
    for layer in (1, 2):
        steps = [one for one in found["evaluations"] if one["layer"] == layer]
        assert [one["step"] for one in steps] == [1, 2, 3]
        coefficient, velocity = 1.5 * found["base_norms"][str(layer)], 1.0
        for one in steps:
            assert one["coefficient"] == pytest.approx(coefficient, rel=1e-12)
            assert one["relative_strength"] == pytest.approx(
                coefficient / found["base_norms"][str(layer)], rel=1e-12
            )
            assert one["coherent"] == (one["coherence"] >= threshold)
            velocity = 0.7 * velocity + 0.3 * (1.2 if one["coherence"] >= threshold else 0.85)
            coefficient *= velocity


def test_base_norms_are_the_mean_lengths_of_the_scenes_residuals(finished: Tiny) -> None:
    import numpy as np
    from safetensors.numpy import load_file

    activations = load_file(finished.root / "extract/sombre/base/activations.safetensors")
    scenes = np.concatenate([activations["positive"], activations["negative"]])  # (scenes, layers, width)
    expected = np.linalg.norm(scenes, axis=2).mean(0)
    for layer, norm in finished.json(BEST)["base_norms"].items():
        assert norm == pytest.approx(expected[int(layer)], rel=1e-5)


def test_scores_and_deltas_are_means_over_the_answers(finished: Tiny) -> None:
    found = finished.json(BEST)
    scores = finished.rows(SCORES)
    by_place = {(row["batch"], row["row"]): row for row in scores}
    answers = [
        (row, by_place[row["batch"], row["row"]])
        for row in finished.rows(ANSWERS)
        if row["split"] == "search"
    ]

    def mean(arm: str, step: int | None, key: str) -> float:
        values = [score[key] for row, score in answers if row["arm"] == arm and row.get("step") == step]
        assert len(values) == 4
        return sum(values) / 4

    assert found["baseline"] == pytest.approx(mean("unsteered", None, "trait"))
    for one in found["evaluations"]:
        arm = f"layer_{one['layer']}"
        assert one["trait"] == pytest.approx(mean(arm, one["step"], "trait"))
        assert one["coherence"] == pytest.approx(mean(arm, one["step"], "coherence"))
        assert one["delta"] == pytest.approx(one["trait"] - found["baseline"])
        assert one["unscored"] == 0


def test_the_winner_is_the_largest_delta_among_the_coherent(searched: Tiny) -> None:
    found = searched.json(BEST)
    coherent = [one for one in found["evaluations"] if one["coherent"]]
    assert found["best"] == max(coherent, key=lambda one: one["delta"])


def test_the_winner_is_chosen_by_steering_and_not_by_detection(finished: Tiny) -> None:
    import polars as pl

    # Trap 12: of two layers the one that steers better is taken, however well the other detects.
    path = finished.root / "extract/sombre/base/metrics.parquet"
    best = finished.json(BEST)["best"]["layer"]
    table = pl.read_parquet(path).with_columns(auc=pl.when(pl.col("layer") == best).then(0.5).otherwise(1.0))
    table.write_parquet(path)
    finished.change("threshold: 0", "threshold: 1")
    finished.run("steer")
    assert finished.json(BEST)["best"]["layer"] == best
    detection = finished.json("summary.json")["traits"]["sombre"]["detection"]
    assert (detection["layer"], detection["auc"]) == (best, 0.5)


def test_report_questions_are_never_searched(finished: Tiny) -> None:
    questions = finished.json(BEST)["questions"]
    assert (len(questions["search"]), len(questions["report"])) == (4, 5)
    assert not set(questions["search"]) & set(questions["report"])
    assert not questions["in_sample"]
    prompts = {
        split: {
            tuple(row["prompt"])
            for row in finished.rows(ANSWERS)
            if row["split"] == split and row["arm"] != "prompt"
        }
        for split in ("search", "report")
    }
    assert (len(prompts["search"]), len(prompts["report"])) == (4, 5)
    assert not prompts["search"] & prompts["report"]


def test_report_questions_that_are_the_searched_ones_are_said_to_be(tiny_experiment: Tiny) -> None:
    tiny_experiment.change("report_questions: 5", "report_questions: same")
    tiny_experiment.run("extract", "steer")
    questions = tiny_experiment.json(BEST)["questions"]
    assert questions["search"] == questions["report"]
    assert questions["in_sample"]


def test_the_weakest_push_that_broke_the_language_near_the_winner_is_an_arm(searched: Tiny) -> None:
    found = searched.json(BEST)
    winner = found["best"]["layer"]
    broken = [one for one in found["evaluations"] if not one["coherent"]]
    nearest = min(broken, key=lambda one: (abs(one["layer"] - winner), one["layer"], one["coefficient"]))
    assert "too_strong" in [one["name"] for one in found["arms"]]
    asked = [row for row in searched.rows(ANSWERS) if row["arm"] == "too_strong"]
    assert len(asked) == 5
    assert {(row["layer"], row["coefficient"]) for row in asked} == {
        (nearest["layer"], nearest["coefficient"])
    }


def test_a_search_without_a_coherent_evaluation_says_what_to_change(tiny_experiment: Tiny) -> None:
    tiny_experiment.change("threshold: 0", "threshold: 100")
    tiny_experiment.run("extract", "steer", "report")
    found = tiny_experiment.json(BEST)
    assert found["best"] is None
    assert found["result"] == "not_shown"
    assert "lower steer.start (now 0.4) or raise steer.steps (now 2)" in found["reason"]
    trait = tiny_experiment.json("summary.json")["traits"]["sombre"]
    assert trait["best"] is None
    assert trait["best_reason"] == trait["result_reason"] == found["reason"]
    assert trait["baseline"] == found["baseline"]
    assert trait["arms"] == []
    assert "lower steer.start" in (tiny_experiment.root / "report/index.html").read_text()


def test_suppressing_pushes_the_other_way_and_takes_the_smallest_delta(tiny_experiment: Tiny) -> None:
    tiny_experiment.change("threshold: 0", "threshold: 0\n  push: suppress")
    tiny_experiment.run("extract", "steer")
    found = tiny_experiment.json(BEST)
    assert all(one["coefficient"] < 0 for one in found["evaluations"])
    assert found["best"]["delta"] == min(one["delta"] for one in found["evaluations"])


def test_smaller_batches_give_the_same_answers_and_scores(tiny_experiment: Tiny, tiny_finished: Path) -> None:
    tiny_experiment.change("batch_rows: 16", "batch_rows: 3")
    tiny_experiment.run("extract", "steer")
    expected = Tiny(tiny_finished)
    assert [row["ids"] for row in tiny_experiment.rows(ANSWERS)] == [
        row["ids"] for row in expected.rows(ANSWERS)
    ]
    for key in ("trait", "coherence", "log_probability"):
        found, known = ([row[key] for row in tiny.rows(SCORES)] for tiny in (tiny_experiment, expected))
        assert found == pytest.approx(known, abs=1e-3)


@pytest.mark.parametrize("method", ["lda", "whitened", "pca", "rfm", "gradient", "random"])
def test_every_method_is_extracted_and_can_be_steered_with(tiny_experiment: Tiny, method: str) -> None:
    tiny_experiment.change("methods: [mean_diff, probe]", f"methods: [mean_diff, {method}]")
    tiny_experiment.change("  variant: chat\n", f"  variant: chat\n  method: {method}\n")
    tiny_experiment.change("steps: 2", "steps: 1")
    tiny_experiment.run("extract", "steer")
    assert tiny_experiment.json("summary.json")["traits"]["sombre"]["best"]["method"] == method
    assert tiny_experiment.json("summary.json")["traits"]["sombre"]["detection"]["method"] == method


def test_a_grid_of_strengths_is_searched_at_every_layer(tiny_experiment: Tiny) -> None:
    tiny_experiment.change("start: 0.4", "policy: fixed\n  strengths: [0.2, 0.6, 0.4]")
    tiny_experiment.run("extract", "steer")
    found = tiny_experiment.json(BEST)["evaluations"]
    assert [(one["layer"], one["step"]) for one in found] == [
        (layer, step) for step in (1, 2, 3) for layer in (1, 2)
    ]
    for step, strength in enumerate((0.2, 0.6, 0.4), start=1):
        assert [one["relative_strength"] for one in found if one["step"] == step] == pytest.approx(
            [strength] * 2
        )
    tiny_experiment.change("[0.2, 0.6, 0.4]", "[0.2, 0.6, 0.4, 0.5]")
    answered = len(tiny_experiment.rows(ANSWERS))
    tiny_experiment.run("steer")
    added = [row for row in tiny_experiment.rows(ANSWERS)[answered:] if row["split"] == "search"]
    assert {row["step"] for row in added} == {4}


def test_a_frontier_search_measures_first_and_judges_fewer_answers(tiny_experiment: Tiny) -> None:
    tiny_experiment.change("start: 0.4", "policy: frontier")
    tiny_experiment.run("extract", "steer")
    found = tiny_experiment.json(BEST)
    assert [(one["step"], one["questions"], one["whole"]) for one in found["evaluations"]][::2] == [
        (1, 2, False),
        (2, 2, False),
        (3, 4, True),
        (4, 4, True),
        (5, 4, True),
    ]
    assert found["best"]["whole"]
    costs = tiny_experiment.rows("steer/sombre/chat/costs.jsonl")
    assert [(row["layer"], row["strength"]) for row in costs] == [
        (layer, strength) for layer in (1, 2) for strength in (0.1, 0.2, 0.4, 0.8)
    ]
    assert all(row["divergence"] > 0 for row in costs)
    searched = [row for row in tiny_experiment.rows(ANSWERS) if row["split"] == "search"]
    assert len(searched) == 4 + 2 * (2 + 2 + 4 + 4 + 4)


def test_costs_are_measured_once(tiny_experiment: Tiny) -> None:
    tiny_experiment.change("start: 0.4", "policy: frontier")
    tiny_experiment.run("extract", "steer")
    before = tiny_experiment.rows("steer/sombre/chat/costs.jsonl")
    best = tiny_experiment.json(BEST)
    (tiny_experiment.root / BEST).unlink()
    tiny_experiment.run("steer")
    assert tiny_experiment.rows("steer/sombre/chat/costs.jsonl") == before
    assert tiny_experiment.json(BEST) == best
