"""A tiny experiment's files in a folder of their own, and commands typed there."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from tiny_place import Place, Typed, make_place, the_sentence, type_in_process

from traitscope.cli import main


@pytest.fixture(scope="session")
def tiny_loras(
    tmp_path_factory: pytest.TempPathFactory, tiny_llama_folder: Path, save_lora: Callable[..., Path]
) -> Path:
    """A folder with two adapters of the tiny Llama, `moved` and `plain`."""
    loras = tmp_path_factory.mktemp("lora")
    for seed, name in enumerate(("moved", "plain"), start=1):
        save_lora(tiny_llama_folder, loras / name, ["q_proj", "v_proj"], seed=seed)
    return loras


@pytest.fixture
def place(
    tmp_path: Path, tiny_llama_folder: Path, tiny_loras: Path, monkeypatch: pytest.MonkeyPatch
) -> Place:
    """The tiny experiment, nothing of it made yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return make_place(tmp_path, tiny_llama_folder, tiny_loras)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, tiny_llama_folder: Path, tiny_loras: Path) -> Path:
    """Where `whole_run` was typed."""
    folder = tmp_path_factory.mktemp("whole-run")
    make_place(folder, tiny_llama_folder, tiny_loras)
    return folder


@pytest.fixture(scope="session")
def whole_run(run_folder: Path) -> Typed:
    """`python -m traitscope run tiny.yaml`, typed once in a process of its own."""
    return type_in_process(run_folder, "run", "tiny.yaml")


@pytest.fixture
def finished(run_folder: Path, whole_run: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The tiny experiment, all of it made."""
    assert whole_run.code == 0
    folder = tmp_path / "here"
    shutil.copytree(run_folder, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    return Place(folder, yaml.safe_load((folder / "tiny.yaml").read_text()))


@pytest.fixture
def winning(finished: Place) -> Place:
    """The same with a winner: a random network's answers are hardly coherent, so one is named."""
    path = finished.made / "steer/sombre/chat/best.json"
    found = json.loads(path.read_text())
    path.write_text(json.dumps(found | {"best": found["evaluations"][0]}))
    return finished


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Typed]:
    """Type a command: `typed("run", "tiny.yaml")`, in this process."""

    def run(*words: str) -> Typed:
        monkeypatch.setattr(sys, "argv", ["traitscope", *words])
        capsys.readouterr()
        try:
            code = main()
        except SystemExit as stopped:
            assert isinstance(stopped.code, int)
            code = stopped.code
        return Typed(code, *capsys.readouterr())

    return run


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paper figures take most of a tiny run's time; the session's whole run draws them."""
    monkeypatch.setattr("traitscope.pipeline.report.stage.write_figures", lambda *_: ())


@pytest.fixture
def refusal(typed: Callable[..., Typed], place: Place, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """The one sentence that refuses `run tiny.yaml`, or the command given, before any weights are loaded."""

    def never(*_: object) -> None:
        raise AssertionError("weights are loaded, although the input is bad")

    def refuse(*words: str) -> str:
        monkeypatch.setattr("traitscope.pipeline.variants.load_weights", never)
        answer = typed(*(words or ("run", "tiny.yaml")))
        assert answer.code == 2, answer
        assert answer.out == ""
        # What was said of the work before it was refused stands above.
        return the_sentence(answer.err.splitlines(keepends=True)[-1])

    return refuse
