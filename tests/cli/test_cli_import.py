"""`import`, `project`, `compare`, `status` and `report` of the predecessor's captures, as they are typed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.pipeline.predecessor_folders import ADAPTED, CLEAN, Made, second_layout
from tiny_place import Place, Typed, the_sentence


@pytest.fixture
def captures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """A finished capture in the second layout; the current folder is beside it."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return second_layout(tmp_path / "rm_syco", [(CLEAN, CLEAN), (ADAPTED, CLEAN), (ADAPTED, ADAPTED)])


def test_what_was_imported_is_projected_compared_and_reported(
    typed: Callable[..., Typed], captures: Made
) -> None:
    brought = typed("import", str(captures.root), "--name", "syco", "-q")
    assert brought.code == 0, brought.err
    assert "Model identity unknown" in brought.out
    assert "traitscope compare syco" in brought.out

    assert typed("project", "syco", "-q").out == "3 tables of projections were made.\n"
    compared = typed("compare", "syco", "-q")
    assert compared.code == 0, compared.err
    assert "no verdict is passed" in " ".join(compared.out.split())
    assert f"Missing: {CLEAN}'s reading of {ADAPTED}'s answers" in compared.out

    standing = json.loads(typed("status", "syco", "--json").out)
    assert standing["provenance"] == "imported"
    assert {one["state"] for one in standing["projections"]} == {"done"}
    assert [one["state"] for one in standing["comparisons"]] == ["done"]
    told = typed("report", "syco", "-q")
    assert told.code == 0
    assert "gloom" in Path("experiments/syco/report/report.md").read_text()


@pytest.mark.parametrize("command", ["run", "infer", "extract", "steer", "plan"])
def test_commands_that_need_a_model_say_what_works(
    typed: Callable[..., Typed], captures: Made, command: str
) -> None:
    typed("import", str(captures.root), "-q")
    answer = typed(command, "rm_syco")
    assert answer.code == 2
    assert "only project, compare, status and report work on it" in the_sentence(answer.err)


def test_a_folder_that_is_none_of_the_predecessors_is_refused(
    typed: Callable[..., Typed], captures: Made
) -> None:
    answer = typed("import", str(captures.root / "extraction"), "-q")
    assert answer.code == 2
    assert "is in neither layout" in the_sentence(answer.err)
    assert not Path("experiments").exists()


def test_a_finished_run_is_projected_again_without_its_model(
    typed: Callable[..., Typed], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = [word for stage in ("extract", "check", "steer", "infer") for word in ("--stage", stage)]
    assert typed("run", "tiny.yaml", *stages, "-q").code == 0

    def never(*_: object) -> None:
        raise AssertionError("weights are loaded")

    monkeypatch.setattr("traitscope.pipeline.variants.load_weights", never)
    assert typed("project", "tiny.yaml", "-q") == Typed(0, "Everything is up to date.\n", "")
    (place.made / "infer/chat/asks/own/projections.parquet").unlink()
    assert typed("project", "tiny.yaml", "-q").out == "1 tables of projections were made.\n"
    assert (place.made / "infer/chat/asks/own/projections.parquet").exists()


def test_what_was_never_captured_is_named_with_the_command_that_captures_it(
    typed: Callable[..., Typed], place: Place
) -> None:
    answer = typed("project", "tiny.yaml", "-q")
    assert answer.code == 2
    sentence = the_sentence(answer.err)
    assert "chat reading chat's answers to asks: was not captured" in sentence
    assert "traitscope infer tiny" in sentence
