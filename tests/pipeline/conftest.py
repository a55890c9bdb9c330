"""The tiny experiment: as files, and as a finished run that each test copies instead of repeating it."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tiny_files import word_free_score, write_tiny_files


@dataclass(frozen=True)
class Tiny:
    """The tiny experiment in the current folder."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "tiny.yaml"

    @property
    def root(self) -> Path:
        """Its outputs."""
        return self.folder / "experiments" / "tiny"

    def run(self, *stages: str) -> bool:
        """`run_stages`, all stages if none is named; false if there was nothing to do."""
        from traitscope.experiment import open_experiment
        from traitscope.pipeline import STAGES, run_stages

        return run_stages(open_experiment(self.file), stages or STAGES)

    def change(self, old: str, new: str, file: str = "tiny.yaml") -> None:
        """Replace a piece of an input file that occurs in it once."""
        path = self.folder / file
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new))

    def states(self) -> dict[str, str]:
        """`stage: subject` -> state, of every piece of work."""
        from traitscope.experiment import open_experiment
        from traitscope.pipeline import look, status

        found = status(look(open_experiment(self.file)))
        return {f"{one.stage}: {one.subject}".removesuffix(": "): one.state.name for one in found}

    def stale(self) -> set[str]:
        """The pieces of work that are no longer true."""
        return {piece for piece, state in self.states().items() if state == "stale"}

    def json(self, name: str) -> Any:
        """An output in JSON."""
        return json.loads((self.root / name).read_text())

    def rows(self, name: str) -> list[dict[str, Any]]:
        """An output in JSONL."""
        return [json.loads(line) for line in (self.root / name).read_bytes().splitlines()]

    def archived(self) -> set[str]:
        """Archived files, without the time they were archived at."""
        archive = self.root / "archive"
        files = (path.relative_to(archive) for path in archive.rglob("*") if path.is_file())
        return {str(Path(*path.parts[1:])) for path in files}


@dataclass
class Engine:
    """What the engine was asked for since the test began.

    Attributes:
        batches: every batch of rows that was decoded.
        judged: answers whose log-probabilities were taken, twice each.
        read: answers and scenes that were read.
        loads: times that weights were loaded.
        broken: any further call fails the test.
    """

    batches: list[Any] = field(default_factory=list)
    judged: int = 0
    read: int = 0
    loads: int = 0
    broken: bool = False

    @property
    def decoded(self) -> int:
        """Rows decoded."""
        return sum(len(rows) for rows in self.batches)


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
    return Tiny(folder)


def _settle(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.chdir(folder)
    patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    patch.setattr("traitscope.pipeline.scoring.lexicon_score", word_free_score)
