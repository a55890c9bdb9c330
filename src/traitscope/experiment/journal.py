"""Journals: batches of rows appended whole, so that a killed run goes on where it was.

The unit of resumption is the batch. Its rows follow from the plan and from earlier scores alone, and its id
from its rows; all of its rows are appended in one write. A batch that is not whole is run again whole.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from traitscope.experiment.files import append_rows, read_rows

Record = Mapping[str, Any]


class Journal:
    """The batches of one JSONL file; every row carries its batch's id and size, and its own number in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._batches = _whole_batches(read_rows(path))

    def get(self, batch: str) -> list[dict[str, Any]] | None:
        """The rows of a batch that is done, or None."""
        return self._batches.get(batch)

    def add(self, batch: str, rows: Sequence[Record]) -> list[dict[str, Any]]:
        """Append a finished batch and return its rows as they are read back."""
        whole = [{"batch": batch, "rows": len(rows), "row": index, **row} for index, row in enumerate(rows)]
        append_rows(self.path, whole)
        self._batches[batch] = whole
        return whole

    def all_rows(self) -> list[dict[str, Any]]:
        """Rows of all whole batches, in the order they were written."""
        return [row for rows in self._batches.values() for row in rows]


def _whole_batches(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    batches: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        # A batch cut by a kill was run again: its second, whole copy follows the torn one.
        if row["row"] == 0:
            batches[row["batch"]] = []
        batches.setdefault(row["batch"], []).append(row)
    return {
        batch: found
        for batch, found in batches.items()
        if len(found) == found[0]["rows"] and found[0]["row"] == 0
    }
