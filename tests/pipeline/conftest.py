"""The tiny experiment: as files, and as a finished run that each test copies instead of repeating it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny_files import word_free_score, write_tiny_files
from tiny_run import Engine, Tiny


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Counts the calls that cost time."""
    from traitscope.pipeline import answering, extract, infer, scoring, variants

    calls = Engine()

    def counted(function: Callable[..., Any], count: Callable[..., None]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            assert not calls.broken, f"{function.__name__} was called"
            count(*arguments)
            return function(*arguments)

        return call

    def decode(_: Any, rows: Any, *__: Any) -> None:
        calls.batches.append(rows)

    def log_probabilities(_: Any, __: Any, answers: Any) -> None:
        calls.judged += len(answers)

    def read(_: Any, words: Any, *__: Any) -> None:
        calls.read += len(words)

    def load_weights(*_: Any) -> None:
        calls.loads += 1

    for module, name, count in (
        (answering, "decode", decode),
        (scoring, "log_probabilities", log_probabilities),
        (infer, "read", read),
        (extract, "read_residual", read),
        (variants, "load_weights", load_weights),
    ):
        monkeypatch.setattr(module, name, counted(getattr(module, name), count))
    return calls


@pytest.fixture(scope="session")
def tiny_inputs(
    tmp_path_factory: pytest.TempPathFactory, tiny_llama_folder: Path, save_lora: Callable[..., Path]
) -> Path:
    """The input files of the tiny experiment."""
    folder = tmp_path_factory.mktemp("tiny-inputs")
    write_tiny_files(folder, tiny_llama_folder)
    save_lora(tiny_llama_folder, folder / "lora/moved", ["q_proj", "v_proj"], seed=1, size=0.3)
    save_lora(tiny_llama_folder, folder / "lora/plain", ["q_proj", "v_proj"], seed=2, size=0.1)
    return folder


@pytest.fixture(scope="session")
def tiny_finished(tmp_path_factory: pytest.TempPathFactory, tiny_inputs: Path) -> Path:
    """The tiny experiment, run to its end once."""
    folder = tmp_path_factory.mktemp("tiny-finished")
    shutil.copytree(tiny_inputs, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        _settle(patch, folder)
        assert Tiny(folder).run()
    return folder


@pytest.fixture
def tiny_experiment(tiny_inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tiny:
    """The tiny experiment, not yet run."""
    return _copy(tiny_inputs, tmp_path, monkeypatch)


@pytest.fixture
def finished(tiny_finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tiny:
    """The tiny experiment with everything done."""
    return _copy(tiny_finished, tmp_path, monkeypatch)


@pytest.fixture(autouse=True)
def _own_threads() -> Iterator[None]:
    """A run sets torch's threads for the whole process; the next test has its own again."""
    import torch

    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def _copy(source: Path, into: Path, patch: pytest.MonkeyPatch) -> Tiny:
    folder = into / "here"
    shutil.copytree(source, folder)
    _settle(patch, folder)
    # Paper figures take most of a tiny run's time; the session's finished run and the killed ones draw them.
    patch.setattr("traitscope.pipeline.report.write_figures", lambda *_: ())
    return Tiny(folder)


def _settle(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.chdir(folder)
    patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    patch.setattr("traitscope.judging.lexicon.lexicon_score", word_free_score)
