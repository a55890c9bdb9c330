"""Situations in which an untrue result could once pass for true."""

import json
from pathlib import Path

import pytest
from tiny_run import Tiny


def test_a_report_made_before_the_comparison_is_made_anew_after_it(tiny_experiment: Tiny) -> None:
    tiny_experiment.run("extract", "steer", "infer", "report")
    early = (tiny_experiment.root / "report/report.md").read_text()
    tiny_experiment.run("compare")

    assert tiny_experiment.states()["report"] == "stale"
    tiny_experiment.run("report")
    assert (tiny_experiment.root / "report/report.md").read_text() != early
    assert tiny_experiment.states()["report"] == "done"


def test_a_prompt_set_is_kept_under_its_files_name_whatever_it_calls_itself(tiny_experiment: Tiny) -> None:
    prompts = next((tiny_experiment.folder / "prompts").glob("*.json"))
    content = json.loads(prompts.read_text())
    prompts.write_text(json.dumps(content | {"name": "../../../../outside"}))
    tiny_experiment.run("extract", "steer", "infer")

    assert (tiny_experiment.root / "infer/chat" / prompts.stem / "own").is_dir()
    assert not list(tiny_experiment.folder.rglob("outside"))


def test_a_prompt_set_cannot_be_named_like_the_folders_of_report_questions(tiny_experiment: Tiny) -> None:
    from traitscope.errors import InputError

    prompts = next((tiny_experiment.folder / "prompts").glob("*.json"))
    prompts.rename(prompts.with_name("questions-sombre.json"))
    tiny_experiment.change(f"prompts: {prompts.stem}", "prompts: questions-sombre")

    with pytest.raises(InputError, match="cannot begin with 'questions-'"):
        tiny_experiment.run()


def test_unpaired_poles_stay_unpaired_when_cut_to_as_many_scenes(tiny_experiment: Tiny) -> None:
    from traitscope.experiment import open_experiment
    from traitscope.pipeline import look
    from traitscope.pipeline.extract.stage import used_scenes

    positive = tiny_experiment.folder / "traits/sombre/positive.txt"
    positive.write_text(positive.read_text() + "One more scene stands here, alone, and it says that the\n")
    tiny_experiment.change("extract: {", "extract: {pairs: 20, ")
    run = look(open_experiment(tiny_experiment.file))
    scenes = used_scenes(run, run.traits["sombre"])

    assert len(scenes.positive) == len(scenes.negative) == 20
    assert not scenes.paired


def test_the_commit_of_a_hub_model_is_kept_when_the_hub_moves_on(
    tiny_experiment: Tiny, tiny_llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traitscope.models import Source
    from traitscope.pipeline import variants

    asked: list[str | None] = []

    def find_source(name: str, _: Path, revision: str | None, *__: object) -> Source:
        asked.append(revision)
        commit = revision or "first"
        return Source(name, tiny_llama_folder, commit, commit)

    monkeypatch.setattr(variants, "find_source", find_source)
    tiny_experiment.run("extract")
    tiny_experiment.run("extract")

    assert set(asked[: asked.index("first")]) == {None}
    assert asked[-1] == "first"
    assert tiny_experiment.states()["extract: sombre"] == "done"


def test_an_adapter_from_the_hub_runs_and_its_commit_is_kept(
    tiny_experiment: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from traitscope.models import Adapter, read_adapter
    from traitscope.pipeline import variants

    asked: list[tuple[str, str | None, bool]] = []

    def fetch_adapter(name: str, revision: str | None, fetch: bool) -> Adapter:
        asked.append((name, revision, fetch))
        return replace(read_adapter(tiny_experiment.folder / "lora" / "moved"), commit=revision or "first")

    monkeypatch.setattr(variants, "fetch_adapter", fetch_adapter)
    tiny_experiment.change("lora: lora/moved", "lora: owner/moved")
    assert tiny_experiment.states()["infer"] == "missing"
    assert {fetch for *_, fetch in asked} <= {False}
    tiny_experiment.run("extract", "infer")
    asked.clear()
    tiny_experiment.run("infer")

    assert ("owner/moved", "first", True) in asked
    assert {revision for _, revision, _ in asked} == {"first"}
    states = tiny_experiment.states()
    assert {state for piece, state in states.items() if piece.startswith("infer")} == {"done"}
    assert tiny_experiment.json("experiment.json")["resolved"]["variants"]["moved"]["lora"] == "owner/moved"
