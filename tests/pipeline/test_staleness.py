"""What a change in an input makes untrue, and what it leaves alone; old results are archived, never mixed."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from figures import figures, whole_batches
from judged_run import rewrite
from tiny_run import Engine, Tiny

CHECKS = {"check: sombre: likelihood (coherence)"}
SEARCH = "steer: sombre: search"
REST_ON_IT = {"steer: sombre: damage", "steer: sombre: specificity"}
"""What is made of a search's winner."""
STEERING = {"steer: sombre: answers", "steer: sombre: scores", SEARCH, *REST_ON_IT}
ANSWERS = "steer/sombre/chat/answers.jsonl"
BEST = "steer/sombre/chat/best.json"
PROJECTIONS = {
    f"infer: {reader} reads {words}: projections"
    for reader, words in [
        ("chat", "its own words"),
        ("moved", "its own words"),
        ("plain", "its own words"),
        ("chat", "moved's words"),
        ("chat", "plain's words"),
        ("moved", "chat's words"),
        ("plain", "chat's words"),
    ]
}
READINGS = {piece.removesuffix(": projections") for piece in PROJECTIONS}
COMPARISONS = {"compare: chat against moved", "compare: chat against plain"}


def steering_json(tiny: Tiny, **changes: Any) -> None:
    path = tiny.folder / "traits/sombre/steering.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def with_changed_question(tiny: Tiny, question: str) -> str:
    """Rewrite a question of the trait; what it became."""
    tiny.change(json.dumps(question), json.dumps(f"Why? {question}"), "traits/sombre/steering.json")
    return f"Why? {question}"


def test_a_changed_question_makes_steering_stale_and_leaves_vectors_alone(
    finished: Tiny, engine: Engine
) -> None:
    old = finished.json("steer/sombre/chat/best.json")["questions"]["search"][0]
    vectors = (finished.root / "extract/sombre/base/directions.safetensors").read_bytes()
    new = with_changed_question(finished, old)
    # Where it is read depends on steering, so that until then the projections are not known to be true.
    assert finished.stale() == {*CHECKS, *STEERING, *PROJECTIONS, *COMPARISONS, "report"}
    finished.run("steer")
    assert (finished.root / "extract/sombre/base/directions.safetensors").read_bytes() == vectors
    assert {"steer/sombre/chat/answers.jsonl", "steer/sombre/chat/best.json"} <= finished.archived()
    questions = finished.json("steer/sombre/chat/best.json")["questions"]
    assert new in questions["search"]
    assert old not in questions["search"]
    # 4 unsteered, 2 steps of 2 layers, then 5 questions: unsteered, the winner, 7 controls, the prompt.
    assert engine.decoded == len(finished.rows(ANSWERS)) == 4 + 2 * 2 * 4 + 5 * 10
    assert "stale" not in {finished.states()[piece] for piece in STEERING}


def test_a_question_that_was_not_drawn_changes_nothing(finished: Tiny) -> None:
    drawn = finished.json("steer/sombre/chat/best.json")["questions"]
    path = finished.folder / "traits/sombre/steering.json"
    spare = [
        q for q in json.loads(path.read_text())["questions"] if q not in drawn["search"] + drawn["report"]
    ]
    with_changed_question(finished, spare[0])
    assert not finished.run()


def test_a_changed_scene_makes_what_depends_on_it_stale_and_is_never_mixed(
    finished: Tiny, engine: Engine
) -> None:
    lines = (finished.folder / "traits/sombre/positive.txt").read_text().splitlines()
    finished.change(lines[7], f"Today {lines[7]}", "traits/sombre/positive.txt")
    extraction = {"extract: sombre: completions", "extract: sombre"}
    assert finished.stale() == {*extraction, *CHECKS, *STEERING, *PROJECTIONS, *COMPARISONS, "report"}
    old = {row["text"] for row in finished.rows("extract/sombre/base/completions.jsonl")}
    assert finished.run("extract")
    assert engine.decoded == 40
    completions = finished.rows("extract/sombre/base/completions.jsonl")
    assert sorted(row["scene"] for row in completions) == list(range(40))
    archived = finished.archived()
    assert {
        f"extract/sombre/base/{name}"
        for name in ("completions.jsonl", "activations.safetensors", "metrics.parquet", "manifest.json")
    } <= archived
    assert not any("tidy" in name for name in archived)
    (kept,) = finished.root.glob("archive/*/extract/sombre/base/completions.jsonl")
    assert {json.loads(line)["text"] for line in kept.read_text().splitlines()} == old


def test_everything_stale_is_made_anew_once_and_equals_a_run_from_scratch(
    finished: Tiny, tiny_inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = (finished.folder / "traits/sombre/positive.txt").read_text().splitlines()[3]
    finished.change(scene, f"Today {scene}", "traits/sombre/positive.txt")
    assert finished.run()
    assert not finished.stale()
    shutil.copytree(tiny_inputs, tmp_path / "scratch")
    monkeypatch.chdir(tmp_path / "scratch")
    scratch = Tiny(tmp_path / "scratch")
    scratch.change(scene, f"Today {scene}", "traits/sombre/positive.txt")
    scratch.run("extract", "steer", "infer", "compare")
    found, expected = figures(finished.root), figures(scratch.root)
    assert found["summary.json"]["traits"] == expected["summary.json"]["traits"]
    assert [name for name in expected if name != "summary.json" and found[name] != expected[name]] == []


def test_a_changed_polarity_makes_scores_stale_and_keeps_every_answer(finished: Tiny, engine: Engine) -> None:
    before = (finished.root / ANSWERS).read_text()
    steering_json(finished, lexicon="positive")
    stale = finished.stale()
    assert "steer: sombre: scores" in stale
    assert stale >= COMPARISONS
    assert not any(piece.endswith("answers") or piece.startswith("extract") for piece in stale)
    finished.run()
    # The other pole has another winner: its report answers are new, and nothing is asked twice.
    after = (finished.root / ANSWERS).read_text()
    assert after.startswith(before)
    assert engine.decoded == len(after.splitlines()) - len(before.splitlines())
    whole_batches(finished.root / ANSWERS)
    assert {name for name in finished.archived() if name.startswith("steer")} == {
        "steer/sombre/chat/scores.jsonl",
        "steer/sombre/chat/judging-seconds.jsonl",
        "steer/sombre/chat/best.json",
        "steer/sombre/chat/scores.manifest.json",
        "steer/sombre/chat/search.manifest.json",
        "steer/sombre/chat/damage.json",
        "steer/sombre/chat/damage.manifest.json",
        "steer/sombre/chat/specificity.json",
        "steer/sombre/chat/specificity.manifest.json",
    }
    assert engine.judged > 0
    baseline = finished.json("summary.json")["traits"]["sombre"]["baseline"]
    assert 100 - baseline == pytest.approx(old_baseline(finished))


def old_baseline(tiny: Tiny) -> float:
    """The mean score of the unsteered report answers, as judged before the change."""
    (path,) = tiny.root.glob("archive/*/steer/sombre/chat/best.json")
    arms = {arm["name"]: arm for arm in json.loads(path.read_text())["arms"]}
    return float(arms["unsteered"]["trait"])


def test_a_changed_trait_prompt_judges_again_and_decodes_the_arm_that_it_is(
    finished: Tiny, engine: Engine
) -> None:
    before = finished.rows(ANSWERS)
    steering_json(finished, trait_prompt="Write in grief.")
    stale = finished.stale()
    assert "steer: sombre: scores" in stale
    assert "steer: sombre: answers" not in stale
    finished.run("steer")
    added = finished.rows(ANSWERS)[len(before) :]
    # The prompt's five answers are decoded with the rest of their batch.
    assert engine.decoded == len(added) == 13
    assert sum(row["arm"] == "prompt" for row in added) == 5
    assert engine.judged == 2 * len(before)
    assert finished.rows(ANSWERS)[: len(before)] == before


def test_more_steps_keep_the_answers_already_there(finished: Tiny, engine: Engine) -> None:
    before = (finished.root / ANSWERS).read_text()
    finished.change("steps: 2", "steps: 3")
    assert {piece for piece in finished.stale() if piece.startswith("steer")} == {SEARCH, *REST_ON_IT}
    judged = len(finished.rows("steer/sombre/chat/scores.jsonl"))
    finished.run("steer")
    after = (finished.root / ANSWERS).read_text()
    assert after.startswith(before)
    assert engine.judged == 2 * (len(finished.rows("steer/sombre/chat/scores.jsonl")) - judged)
    added = [json.loads(line) for line in after[len(before) :].splitlines()]
    assert engine.decoded == len(added)
    searched = [row for row in added if row["split"] == "search"]
    assert {row["step"] for row in searched} == {3}
    assert len(searched) == 2 * 4
    assert {row["step"] for row in finished.json("steer/sombre/chat/best.json")["evaluations"]} == {1, 2, 3}


def test_a_changed_threshold_chooses_anew_and_asks_nobody(finished: Tiny, engine: Engine) -> None:
    finished.change("steps: 2", "steps: 1")
    finished.run("steer")
    best, decoded, judged = finished.json(BEST), engine.decoded, engine.judged
    finished.change("threshold: 0", "threshold: 100")
    assert {piece for piece in finished.stale() if piece.startswith("steer")} == {SEARCH, *REST_ON_IT}
    finished.run("steer")
    assert (engine.decoded, engine.judged) == (decoded, judged)
    assert best["best"] is not None
    assert finished.json(BEST)["best"] is None
    assert not any(name.endswith("scores.jsonl") for name in finished.archived())


def test_answers_of_another_search_are_kept_and_not_shown(finished: Tiny) -> None:
    from traitscope.experiment import open_experiment
    from traitscope.pipeline import look
    from traitscope.pipeline.report.views import report_view

    finished.change('layers: "1,2"', 'layers: "0-2"')
    finished.run("steer")
    (steered,) = (trait for trait in report_view(look(open_experiment(finished.file))).traits[:1])
    # Four questions; those of layers 1 and 2 were answered by the first search too.
    assert {len(one.answers) for one in steered.steering.evaluations} == {4}


def test_a_changed_definition_makes_the_report_again_and_nothing_else(finished: Tiny, engine: Engine) -> None:
    engine.broken = True
    finished.change("What is sombre shows it.", "A dark mood.", "traits/sombre/definition.txt")
    assert finished.stale() == {"report"}
    before = figures(finished.root)
    assert finished.run()
    assert figures(finished.root) == before
    assert "A dark mood." in (finished.root / "report/index.html").read_text()


def test_a_definition_that_the_judge_reads_makes_scores_stale(finished: Tiny) -> None:
    steering_json(finished, trait_prompt=None)
    finished.run("steer")
    assert "steer: sombre: scores" not in finished.stale()
    finished.change("What is sombre shows it.", "A dark mood.", "traits/sombre/definition.txt")
    assert "steer: sombre: scores" in finished.stale()
    assert "steer: sombre: answers" not in finished.stale()


def test_a_changed_prompt_makes_answers_and_readings_stale(finished: Tiny, engine: Engine) -> None:
    path = finished.folder / "prompts/everyday.json"
    content = json.loads(path.read_text())
    content["prompts"][4]["text"] = "What time is it?"
    path.write_text(json.dumps(content))
    answers = {f"infer: {variant} answers everyday" for variant in ("chat", "moved", "plain")}
    assert finished.stale() == {*answers, *READINGS, *PROJECTIONS, *COMPARISONS, "report"}
    finished.run("infer")
    assert engine.decoded == 3 * 12
    assert engine.read == 7 * 12
    assert "infer/chat/everyday/own/responses.jsonl" in finished.archived()
    assert not any("questions-sombre" in name for name in finished.archived())


def test_another_number_format_reads_again_and_answers_nothing_again(finished: Tiny, engine: Engine) -> None:
    finished.change("new_tokens: 12}", "new_tokens: 12, store_dtype: float32}")
    assert finished.stale() == {*READINGS, *PROJECTIONS, *COMPARISONS, "report"}
    finished.run("infer")
    assert engine.decoded == 0
    assert engine.read == 7 * 12


def test_changed_directions_are_projected_on_without_a_model(finished: Tiny, engine: Engine) -> None:
    finished.change('position: "response[:3]"', 'position: "response[2:5]"')
    finished.run("extract", "check", "steer")
    engine.broken = True
    old = (finished.root / "infer/moved/everyday/own/projections.parquet").read_bytes()
    assert finished.stale() == {*PROJECTIONS, *COMPARISONS, "report"}
    assert finished.run()
    assert (finished.root / "infer/moved/everyday/own/projections.parquet").read_bytes() != old
    assert not finished.stale()


def test_another_best_layer_is_projected_on_without_a_model(finished: Tiny, engine: Engine) -> None:
    import polars as pl

    engine.broken = True
    path = finished.root / "steer/sombre/chat/best.json"
    best = json.loads(path.read_text())
    other = {1: 2, 2: 1}[best["best"]["layer"]]
    best["best"] |= next(one for one in best["evaluations"] if one["layer"] == other)
    path.write_text(json.dumps(best))
    assert finished.run()
    table = pl.read_parquet(finished.root / "infer/moved/everyday/own/projections.parquet")
    assert table.filter(pl.col("trait") == "sombre")["layer"].unique().to_list() == [other]
    ranking = finished.json("summary.json")["comparisons"][0]["ranking"]
    assert {row["trait"]: row["layer"] for row in ranking} == {"sombre": other, "tidy": 3}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("batch_rows: 16", "batch_rows: 5"),
        ("threads: 1", "threads: 2"),
        ("base:  {model:", "base:  {device: cpu, model:"),
        ("seed: 0", "seed: 0  # as ever"),
        ("new_tokens: 6,", "new_tokens: 6, pairs: 20,"),
    ],
)
def test_what_only_changes_speed_or_place_makes_nothing_stale(finished: Tiny, old: str, new: str) -> None:
    finished.change(old, new)
    assert not finished.run()


def test_weights_adapters_and_inputs_may_move(finished: Tiny, tiny_llama_folder: Path) -> None:
    shutil.copytree(tiny_llama_folder, finished.folder / "weights")
    (finished.folder / "lora/moved").rename(finished.folder / "lora/elsewhere")
    text = finished.file.read_text().replace(str(tiny_llama_folder), "weights")
    finished.file.write_text(text.replace("lora/moved", "lora/elsewhere"))
    assert not finished.run()


def test_library_versions_are_recorded_and_make_nothing_stale(finished: Tiny) -> None:
    manifests = list(finished.root.rglob("*manifest.json"))
    for path in manifests:
        manifest = json.loads(path.read_text())
        assert "torch" in manifest["versions"]
        path.write_text(json.dumps(manifest | {"versions": {"torch": "1.0"}}))
    assert not finished.run()


@pytest.mark.parametrize("variant", ["chat", "moved"])
def test_other_weights_or_another_adapter_make_what_they_made_stale(finished: Tiny, variant: str) -> None:
    if variant == "moved":
        finished.change("lora: lora/moved}", "lora: lora/plain}")
        expected = {piece for piece in finished.states() if "moved" in piece} | {"report"}
    else:
        finished.change("chat:  {", "chat:  {dtype: bfloat16, ")
        expected = {piece for piece in finished.states() if "chat" in piece} | CHECKS | STEERING | PROJECTIONS
        expected |= COMPARISONS | {"report"}
    assert finished.stale() == expected


def test_another_seed_draws_anew(finished: Tiny) -> None:
    finished.change("seed: 0", "seed: 1")
    stale = finished.stale()
    assert {"extract: sombre", "extract: tidy", *STEERING, *COMPARISONS, "report"} <= stale
    assert not stale & READINGS


@pytest.mark.parametrize("kind", ["local", "classifier"])
def test_other_weights_behind_a_judges_name_are_another_judge(tiny_experiment: Tiny, kind: str) -> None:
    from safetensors.torch import load_file, save_file

    from traitscope.data import load_trait
    from traitscope.experiment import open_experiment
    from traitscope.pipeline.judge.judge_parts import coherence_parts, judge_parts

    model = Path(tiny_experiment.file.read_text().split("model: ", 1)[1].split("}", 1)[0])
    place = tiny_experiment.folder / "models/judge"
    shutil.copytree(model, place)
    rewrite(tiny_experiment, judges={"mine": {"kind": kind, "model": "models/judge"}})
    experiment, trait = (
        open_experiment(tiny_experiment.file),
        load_trait(tiny_experiment.folder / "traits/sombre"),
    )

    def parts() -> list[str]:
        found = [judge_parts(experiment, trait, "mine")]
        return found + ([coherence_parts(experiment, "mine")] if kind == "local" else [])

    before = parts()
    assert parts() == before
    (weights,) = place.glob("*.safetensors")
    save_file({name: 2 * one for name, one in load_file(weights).items()}, weights, {"format": "pt"})
    assert not set(parts()) & set(before)
