"""The forms of a prompt set on disk, each to the same entries: JSON, JSON Lines, CSV, plain lines."""

import csv
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from reprlib import repr as shortened
from typing import Any, Literal, NamedTuple

from traitscope.config import nearest, read_text
from traitscope.data.json_text import read_json_lines, read_object
from traitscope.data.prompt import OTHER_WORDS, checked_system_prompt
from traitscope.errors import InputError

_SHAPE = 'write a list such as [{"id": "tea", "text": "How do I make tea?"}]'
_KEYS = ("name", "description", "system_prompt", "prompts")


class Entry(NamedTuple):
    """What stands for one prompt."""

    number: int
    """Of the prompt, or of its line in the file."""
    value: Any


class Written(NamedTuple):
    """A prompt set as it was written."""

    name: str
    system_prompt: str | None
    counted: Literal["prompt", "line"]
    """What the numbers of its entries count."""
    entries: tuple[Entry, ...]


def read_written(path: Path) -> Written:
    """A prompt set's entries, in whichever form.

    Raises:
        InputError: the file is missing, empty, or not of the form that its name says; with line where it has.
        WorkError: the system refuses to read it.
    """
    if path.suffix not in _READERS:
        raise InputError(
            str(path), "its name does not say its form", f"let it end in one of {', '.join(PROMPT_FORMS)}"
        )
    written = _READERS[path.suffix](path)
    if not written.entries:
        raise InputError(str(path), "there is no prompt in it", "write at least one")
    return written


def _json(path: Path) -> Written:
    content = read_object(path)
    name = content.get("name", path.stem)
    if not isinstance(name, str) or not name.strip():
        raise InputError(f"{path}, name", f"found {shortened(name)}", "write text, or leave the key out")
    for key in content:
        if key not in _KEYS and nearest(key, _KEYS) == "system_prompt":
            # Any other key is somebody else's; this one missed would change what is asked.
            raise InputError(f"{path}, {key}", "unknown key", "rename it to 'system_prompt', or remove it")
    entries = content.get("prompts")
    if not isinstance(entries, list):
        what = "this key is missing" if "prompts" not in content else f"found {shortened(entries)}"
        raise InputError(f"{path}, prompts", what, _SHAPE)
    if not entries:
        raise InputError(f"{path}, prompts", "the list is empty", _SHAPE)
    system_prompt = checked_system_prompt(content.get("system_prompt"), str(path))
    numbered = tuple(Entry(number, value) for number, value in enumerate(entries, start=1))
    return Written(name.strip(), system_prompt, "prompt", numbered)


def _json_lines(path: Path) -> Written:
    return Written(path.stem, None, "line", tuple(Entry(*found) for found in read_json_lines(path)))


def _lines(path: Path) -> Written:
    lines = enumerate(read_text(path).split("\n"), start=1)
    return Written(
        path.stem,
        None,
        "line",
        tuple(
            Entry(number, {"text": line.strip()})
            for number, line in lines
            if line.strip() and not line.startswith("#")
        ),
    )


def _csv(path: Path) -> Written:
    rows = _rows(path)
    header = _header(path, rows)
    entries = []
    for line, row in rows:
        if len(row) != len(header):
            what = f"the row has {_cells(len(row))}, and the header {_cells(len(header))}"
            raise InputError(
                f"{path}, line {line}", what, 'put quotes around a text with commas: "Yes, but why?"'
            )
        entries.append(Entry(line, {name: cell or None for name, cell in zip(header, row, strict=True)}))
    return Written(path.stem, None, "line", tuple(entries))


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file that hold anything, each with the line that it begins on."""
    found = csv.reader(StringIO(read_text(path), newline=""), strict=True)
    line = 1
    try:
        for row in found:
            if row:
                yield line, row
            line = found.line_num + 1
    except csv.Error as error:
        mend = "look at the quotes there: inside a quoted text each is written twice"
        raise InputError(f"{path}, line {line}", f"this is not CSV ({error})", mend) from None


def _header(path: Path, rows: Iterator[tuple[int, list[str]]]) -> list[str]:
    line, cells = next(rows, (1, []))
    header, where = [cell.strip() for cell in cells], f"{path}, line {line}"
    if not header:
        raise InputError(
            str(path), "the file is empty", "write a header with the column 'text', then a row a prompt"
        )
    for place, name in enumerate(header):
        if not name:
            raise InputError(where, f"column {place + 1} has no name", "give it one, or remove it")
        if name in header[:place]:
            raise InputError(where, f"two columns are called '{name}'", "rename one of the two")
    if "messages" in header:
        what = "a row holds one message, and there is a column 'messages'"
        raise InputError(where, what, "write conversations as JSON Lines, or rename the column")
    if "text" not in header:
        marks = [name for mark, name in _SEPARATORS.items() if len(header) == 1 and mark in header[0]]
        guess = next((name for name in header if name.lower() in OTHER_WORDS), nearest("text", header))
        mend = (
            f"separate the columns by commas, not by {marks[0]}"
            if marks
            else f"rename the column '{guess}' to 'text'"
            if guess
            else "name the columns in the first line, 'text' among them"
        )
        raise InputError(where, f"there is no column 'text' ({shortened(', '.join(header))})", mend)
    return header


_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


_READERS: dict[str, Callable[[Path], Written]] = {
    ".json": _json,
    ".jsonl": _json_lines,
    ".csv": _csv,
    ".txt": _lines,
}
PROMPT_FORMS = tuple(_READERS)
"""How the names of prompt sets' files end."""
