"""From scenes to the report on a tiny model: what is there afterwards, and what a second run does."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from figures import figures
from jsonschema import Draft202012Validator
from tiny_run import Engine, Tiny

from traitscope.experiment import SHIPPED


def refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def objects(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object in a JSON value, with its path."""
    if isinstance(value, dict):
        yield path, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from objects(inner, f"{path}.{key}")


def validate(summary: Any) -> None:
    """Hold a summary against its schema."""
    schema = json.loads((SHIPPED / "summary.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(summary)


def test_every_stage_is_done_and_leaves_its_files(finished: Tiny) -> None:
    assert set(finished.states().values()) == {"done", "skipped"}
    assert finished.states()["steer: tidy"] == "skipped"
    for name in (
        "experiment.yaml",
        "extract/tidy/base/completions.jsonl",
        "extract/tidy/base/activations.safetensors",
        "extract/tidy/base/directions.safetensors",
        "extract/tidy/base/metrics.parquet",
        "steer/sombre/chat/answers.jsonl",
        "steer/sombre/chat/scores.jsonl",
        "steer/sombre/chat/best.json",
        "infer/moved/everyday/own/responses.jsonl",
        "infer/moved/everyday/read-chat/residuals/00000.safetensors",
        "infer/chat/everyday/read-moved/projections.parquet",
        "infer/plain/questions-sombre/own/responses.jsonl",
        "compare/chat_vs_moved/everyday/effects.parquet",
        "compare/chat_vs_plain/everyday/tokens.parquet",
        "report/index.html",
        "report/report.md",
    ):
        assert (finished.root / name).stat().st_size > 0, name
    assert not (finished.root / "archive").exists()
    assert not list(finished.root.rglob(".*")), "a temporary file was left behind"


def test_the_summary_is_what_its_schema_says(finished: Tiny) -> None:
    validate(finished.json("summary.json"))
    assert finished.json("summary.json")["stages"]["report"]["state"] == "done"


def test_run_stage_by_stage_the_summary_keeps_its_schema_and_ends_with_the_same_figures(
    tiny_experiment: Tiny, tiny_finished: Path
) -> None:
    from traitscope.experiment import open_experiment
    from traitscope.pipeline import STAGES, look, summary

    validate(summary(look(open_experiment(tiny_experiment.file))))
    assert not tiny_experiment.run("vet")  # the file asks for none
    for stage in STAGES[1:]:
        assert tiny_experiment.run(stage)
        found = tiny_experiment.json("summary.json")
        validate(found)
        assert found["stages"][stage]["state"] == "done"
    assert figures(tiny_experiment.root) == figures(tiny_finished / "experiments/tiny")


def test_no_figure_is_nan_and_every_null_has_its_reason(finished: Tiny) -> None:
    import polars as pl

    summary = json.loads((finished.root / "summary.json").read_text(), parse_constant=refuse_constant)
    for path, found in objects(summary):
        for key, value in found.items():
            assert value is not None or found.get(f"{key}_reason"), f"summary.json, {path}.{key}"
    for file in finished.root.rglob("*.json*"):
        for line in [file.read_text()] if file.suffix == ".json" else file.read_text().splitlines():
            json.loads(line, parse_constant=refuse_constant)
    for file in finished.root.rglob("*.parquet"):
        table = pl.read_parquet(file)
        floats = table.select(pl.selectors.float())
        assert table.height and floats.width, file
        assert floats.select(pl.all().is_finite().all()).row(0) == (True,) * floats.width, file


def test_the_counts_are_those_of_the_journals(finished: Tiny) -> None:
    counts = finished.json("summary.json")["counts"]
    journals = [path.relative_to(finished.root) for path in finished.root.rglob("*.jsonl")]
    decoded = [row for path in journals for row in finished.rows(str(path)) if "ids" in row]
    scored = finished.rows("steer/sombre/chat/scores.jsonl")
    # Behaviour: one trait with a judge, 12 prompts and 5 questions, two variants, two comparisons; and the
    # longer of two answers once more, cut to the other's length.
    assert counts == {
        "generated_tokens": sum(len(row["ids"]) for row in decoded),
        "judged": 2 * len(scored) + 1 * (12 + 5) * 2 * 2 + unequal(finished),
    }


def unequal(tiny: Tiny) -> int:
    """Questions that the compared variants answer at unlike length."""
    count = 0
    for after in ("moved", "plain"):
        for asked in ("everyday", "questions-sombre"):
            both = [tiny.rows(f"infer/{name}/{asked}/own/responses.jsonl") for name in ("chat", after)]
            before, later = ({row["id"]: len(row["ids"]) for row in rows} for rows in both)
            count += sum(
                before[name] != later[name] and min(before[name], later[name]) > 0 for name in before
            )
    return count


def test_a_second_run_finds_everything_up_to_date_and_asks_the_engine_for_nothing(
    finished: Tiny, engine: Engine
) -> None:
    engine.broken = True
    before = {path: path.stat().st_mtime_ns for path in finished.root.rglob("*") if path.is_file()}
    summary = finished.json("summary.json")
    assert not finished.run()
    after = {path: path.stat().st_mtime_ns for path in finished.root.rglob("*") if path.is_file()}
    # The folder was copied to another place, which is kept beside what was resolved.
    rewritten = {path.name for path in after if before.get(path) != after[path]}
    assert rewritten <= {"lock", "experiment.json", "summary.json"}
    assert finished.json("summary.json") == summary


def test_a_summary_that_a_kill_left_behind_the_stages_is_brought_up_to_date(finished: Tiny) -> None:
    expected = finished.json("summary.json")
    late = json.loads(json.dumps(expected))
    late["stages"]["report"]["state"] = "missing"
    (finished.root / "summary.json").write_text(json.dumps(late))
    assert not finished.run()
    assert finished.json("summary.json") == expected


def test_a_stage_by_itself_leaves_later_ones_missing(tiny_experiment: Tiny) -> None:
    assert tiny_experiment.run("extract")
    states = tiny_experiment.states()
    assert states["extract: sombre"] == states["extract: tidy"] == "done"
    assert {state for piece, state in states.items() if not piece.startswith("extract")} == {
        "missing",
        "skipped",
    }


def test_variants_that_share_weights_load_them_once(tiny_experiment: Tiny, engine: Engine) -> None:
    assert tiny_experiment.run()
    assert engine.loads == 1


def test_a_variant_with_a_dtype_of_its_own_loads_weights_of_its_own(
    tiny_experiment: Tiny, engine: Engine
) -> None:
    tiny_experiment.change("chat: true, system_prompt: none}", "chat: true, dtype: bfloat16}")
    assert tiny_experiment.run("extract", "steer")
    assert engine.loads == 2


def test_outputs_go_below_the_current_folder_and_inputs_are_left_alone(
    tiny_finished: Path, tiny_inputs: Path
) -> None:
    assert {path.name for path in tiny_finished.iterdir()} - {
        path.name for path in tiny_inputs.iterdir()
    } == {
        "experiments",
        "cache",
    }
    for path in tiny_inputs.rglob("*"):
        if path.is_file():
            assert (tiny_finished / path.relative_to(tiny_inputs)).read_bytes() == path.read_bytes()


def leave_out(tiny: Tiny, *keys: str) -> None:
    content = yaml.safe_load(tiny.file.read_text())
    tiny.file.write_text(yaml.safe_dump({key: value for key, value in content.items() if key not in keys}))


@pytest.mark.parametrize(
    "left_out", [("steer",), ("compare",), ("infer", "compare"), ("steer", "infer", "compare")], ids=" ".join
)
def test_an_experiment_may_leave_parts_out(tiny_experiment: Tiny, left_out: tuple[str, ...]) -> None:
    leave_out(tiny_experiment, *left_out)
    assert tiny_experiment.run()
    assert set(tiny_experiment.states().values()) <= {"done", "skipped"}
    summary = tiny_experiment.json("summary.json")
    validate(summary)
    # Nothing is vetted here, and without steering no judge has anything to be checked on.
    skipped = {"vet", *left_out, *(("check",) if "steer" in left_out else ())}
    assert {stage for stage, one in summary["stages"].items() if one["state"] == "skipped"} == skipped
    assert summary["traits"]["sombre"]["result"] == ("skipped" if "steer" in left_out else "not_shown")
    assert len(summary["comparisons"]) == (0 if "compare" in left_out else 2)
    assert (tiny_experiment.root / "report/index.html").exists()
    assert not tiny_experiment.run()


def test_scenes_need_not_be_pairs(tiny_experiment: Tiny) -> None:
    with (tiny_experiment.folder / "traits/tidy/positive.txt").open("a") as stream:
        stream.write("The clock on the tower was mended and kept\n")
    assert tiny_experiment.run("extract")
    assert tiny_experiment.json("extract/tidy/base/manifest.json")["kept"] == [21, 20]
    assert tiny_experiment.json("summary.json")["traits"]["tidy"]["pairs"] == 20


def test_outputs_are_named_by_the_prompt_sets_file_whatever_it_calls_itself(tiny_experiment: Tiny) -> None:
    leave_out(tiny_experiment, "steer")
    tiny_experiment.change('"name": "everyday"', '"name": "../../../away"', "prompts/everyday.json")
    assert tiny_experiment.run()
    assert (tiny_experiment.root / "infer/chat/everyday/own/responses.jsonl").exists()
    assert not list(tiny_experiment.folder.parent.rglob("away"))
    assert {one["prompts"] for one in tiny_experiment.json("summary.json")["comparisons"]} == {"everyday"}


def test_variants_may_be_called_anything(tiny_experiment: Tiny) -> None:
    leave_out(tiny_experiment, "steer")
    text = tiny_experiment.file.read_text().replace("moved", "prompt").replace("plain", "difference")
    tiny_experiment.file.write_text(
        text.replace("lora/prompt", "lora/moved").replace("lora/difference", "lora/plain")
    )
    assert tiny_experiment.run()
