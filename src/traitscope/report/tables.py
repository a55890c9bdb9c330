"""A table as a value, so that page and text print the same figures from one description."""

from collections.abc import Sequence
from dataclasses import dataclass

from traitscope.report import numbers
from traitscope.report.sentences import gathered
from traitscope.report.values import Absent, Estimate


@dataclass(frozen=True)
class Column:
    """A column's head; `hint` is the longer explanation, `numeric` sets the cells to the right."""

    name: str
    hint: str = ""
    numeric: bool = True


@dataclass(frozen=True)
class Cell:
    """What is written, what it sorts by, why it is missing, and the stylesheet's class for it."""

    text: str
    order: float | str = ""
    reason: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Sheet:
    """A table. `key` is unique on the page; a row is called by its name, or else by its first cell."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    names: tuple[str, ...] = ()

    def missing(self) -> tuple[str, ...]:
        """Why figures are missing, gathered by row and reason."""
        return gathered(
            (name, column.name, cell.reason)
            for name, row in zip(self.names or [row[0].text for row in self.rows], self.rows, strict=True)
            for column, cell in zip(self.columns, row, strict=True)
            if cell.text == numbers.MISSING and cell.reason
        )


def name_cell(name: str, kind: str = "") -> Cell:
    """A cell of words."""
    return Cell(name, name, kind=kind)


def cell(value: float | Estimate | Absent, text: str, kind: str = "") -> Cell:
    """A cell of a figure: its text, its order, its reason if it is missing."""
    if isinstance(value, Absent):
        return Cell(numbers.MISSING, "", value.reason, kind)
    return Cell(text, value.mean if isinstance(value, Estimate) else value, kind=kind)


def columns(*heads: tuple[str, str]) -> tuple[Column, ...]:
    """Columns from (name, hint); the first holds words, the others figures."""
    return tuple(Column(name, hint, numeric=index > 0) for index, (name, hint) in enumerate(heads))


def sheet(
    key: str, caption: str, heads: Sequence[Column], rows: Sequence[Sequence[Cell]], names: Sequence[str] = ()
) -> Sheet:
    """A sheet whose rows all have as many cells as there are columns.

    Raises:
        ValueError: a row is shorter or longer.
    """
    if any(len(row) != len(heads) for row in rows):
        raise ValueError(f"a row of {key} has not {len(heads)} cells")
    return Sheet(key, caption, tuple(heads), tuple(tuple(row) for row in rows), tuple(names))
