"""`imported.json`: where an imported experiment is from, what it holds, and what nobody knows of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from traitscope.errors import InputError
from traitscope.experiment import Experiment, Layout
from traitscope.experiment.files import read_json

FORMAT = 1
UNKNOWN = "imported: the predecessor records a name, and neither commit nor weights"
WORKS = "project, compare, status and report"


class Cell(NamedTuple):
    """A reading: who reads whose answers to which prompt set, and what is held of it."""

    reader: str
    writer: str
    prompts: str
    answers: int
    layers: tuple[int, ...]

    def folder(self, layout: Layout) -> Path:
        """Its store."""
        return layout.reading(self.reader, self.prompts, self.writer)


class Imported(NamedTuple):
    """The record, with its cells as values; `known` is all of it."""

    known: Mapping[str, Any]
    cells: tuple[Cell, ...]

    @property
    def depth(self) -> int:
        """Layers of the model."""
        return int(self.known["depth"])

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Variants that are compared, before and after."""
        return [(before, after) for before, after in self.known["pairs"]]

    @property
    def prompt_sets(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self.known["prompts"])

    def cell(self, reader: str, writer: str, prompts: str) -> Cell | None:
        """A reading, if it is held."""
        wanted = (reader, writer, prompts)
        return next((one for one in self.cells if one[:3] == wanted), None)


def is_imported(experiment: Experiment) -> bool:
    """Whether the experiment's folder was filled by `traitscope import`."""
    return experiment.layout.imported.is_file()


def load_imported(experiment: Experiment) -> Imported:
    """The record of an imported experiment.

    Raises:
        InputError: it was not imported, or by a newer traitscope.
        WorkError: the record is damaged.
    """
    path = experiment.layout.imported
    if not path.is_file():
        raise InputError(
            str(path.parent), "was not imported", "import a folder with: traitscope import FOLDER"
        )
    known = read_json(path)
    if known.get("format") != FORMAT:
        what = f"was written in format {known.get('format')}, and this traitscope knows {FORMAT}"
        raise InputError(str(path), what, "install the newer traitscope (pip install -U traitscope)")
    cells = tuple(Cell(**one | {"layers": tuple(one["layers"])}) for one in known["cells"])
    return Imported(known, cells)


def refuse_imported(experiment: Experiment) -> None:
    """What needs a model, scenes or judges cannot work on an imported experiment.

    Raises:
        InputError: it was imported.
    """
    if is_imported(experiment):
        raise InputError(
            str(experiment.layout.root),
            f"was imported, without models, scenes or judges: only {WORKS} work on it",
            "write an experiment file of your own to make more, with: traitscope new NAME",
        )


def listed(names: Sequence[object], most: int = 8) -> str:
    """Names in a sentence, the first of them where there are many."""
    shown = ", ".join(map(str, names[:most]))
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
