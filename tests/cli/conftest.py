"""A tiny experiment's files in a folder of their own, and commands typed there."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_place import Place, Typed, make_place, the_sentence

from traitscope.cli import main


@pytest.fixture(scope="session")
def tiny_lora(
    tmp_path_factory: pytest.TempPathFactory, tiny_llama_folder: Path, save_lora: Callable[..., Path]
) -> Path:
    """An adapter of the tiny Llama."""
    return save_lora(tiny_llama_folder, tmp_path_factory.mktemp("lora") / "moved", ["q_proj", "v_proj"])


@pytest.fixture
def place(tmp_path: Path, tiny_llama_folder: Path, tiny_lora: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The tiny experiment, nothing of it made yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return make_place(tmp_path, tiny_llama_folder, tiny_lora)


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
def refusal(typed: Callable[..., Typed], place: Place, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """The one sentence that refuses `run tiny.yaml`, or the command given, before any weights are loaded."""

    def never(*_: object) -> None:
        raise AssertionError("weights are loaded, although the input is bad")

    def refuse(*words: str) -> str:
        monkeypatch.setattr("traitscope.pipeline.variants.load_weights", never)
        answer = typed(*(words or ("run", "tiny.yaml")))
        assert answer.code == 2, answer
        assert answer.out == ""
        return the_sentence(answer.err)

    return refuse
