"""The tiny experiment at hand, and what its runs ask of the engine."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


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

    def setting(self, key: str) -> Any:
        """A key under `steer` in the experiment file."""
        return yaml.safe_load(self.file.read_text())["steer"][key]

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
