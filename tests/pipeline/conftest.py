"""The tiny experiment: as files, and as a finished run that each test copies instead of repeating it."""

import shutil
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from judged_run import KEY_NAME, SECRET, ChatServer, rewrite, running_server, served, without_comparison
from tiny_files import word_free_score, write_tiny_files
from tiny_run import Engine, Tiny


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Counts the calls that cost time."""
    from traitscope.pipeline import answering, variants
    from traitscope.pipeline.extract import stage as extract
    from traitscope.pipeline.judge import scoring

    # The package has a function of the same name.
    capture = import_module("traitscope.inference.capture")
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
        (capture, "read_through", read),
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


@pytest.fixture(scope="session")
def server() -> Iterator[ChatServer]:
    """A server to judge with; it is the same for all tests, so that each counts from where it began."""
    with running_server() as chat, pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            patch.delenv(name, raising=False)
            patch.delenv(name.lower(), raising=False)
        patch.setenv(KEY_NAME, SECRET)
        yield chat


@pytest.fixture(scope="session")
def served_finished(tmp_path_factory: pytest.TempPathFactory, tiny_inputs: Path, server: ChatServer) -> Path:
    """One trait, extracted and steered; trait and coherence are judged by the server."""
    folder = tmp_path_factory.mktemp("served-finished")
    shutil.copytree(tiny_inputs, folder, dirs_exist_ok=True)
    tiny = Tiny(folder)
    without_comparison(tiny)
    rewrite(tiny, judges={"served": served(server.url)}, steer={"judge": "served", "coherence": "served"})
    with pytest.MonkeyPatch.context() as patch:
        _settle(patch, folder)
        patch.setattr("traitscope.pipeline.report.stage.write_figures", lambda *_: ())
        assert tiny.run()
    return folder


@pytest.fixture(scope="session")
def worked_on(
    tmp_path_factory: pytest.TempPathFactory, tiny_inputs: Path
) -> Callable[[Callable[[Tiny], None]], Path]:
    """`worked_on(work)`: a folder with the tiny experiment after that; each test takes a `copy_of` it."""

    def folder_after(work: Callable[[Tiny], None]) -> Path:
        with pytest.MonkeyPatch.context() as patch:
            tiny = _copy(tiny_inputs, tmp_path_factory.mktemp("worked-on"), patch)
            work(tiny)
        return tiny.folder

    return folder_after


@pytest.fixture
def copy_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Tiny]:
    """The experiment in a folder, copied for this test."""
    return lambda source: _copy(source, tmp_path, monkeypatch)


@pytest.fixture
def judged(served_finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tiny:
    """The experiment that the server judged, with everything done."""
    return _copy(served_finished, tmp_path, monkeypatch)


@pytest.fixture
def unjudged(tiny_inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tiny:
    """The same experiment, nothing of it made, and the tiny one's judges."""
    tiny = _copy(tiny_inputs, tmp_path, monkeypatch)
    without_comparison(tiny)
    return tiny


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
    patch.setattr("traitscope.pipeline.report.stage.write_figures", lambda *_: ())
    return Tiny(folder)


def _settle(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.chdir(folder)
    patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    patch.setattr("traitscope.judging.lexicon.lexicon_score", word_free_score)
    patch.setattr("traitscope.data.bank.FOLDER", folder / "neutral_topics")
