"""JSON that a user wrote: its value, or where it stops being JSON."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from traitscope.config import read_text
from traitscope.errors import InputError


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file.

    Raises:
        InputError: missing, not text, not JSON (with line and column), a repeated key, or no object.
        WorkError: the system refuses to read it.
    """
    value = _parsed(read_text(path), str(path), 1)
    if not isinstance(value, dict):
        raise InputError(str(path), "the file holds no JSON object", "write {...} around its keys")
    return value


def read_json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Line number and value of each line of a JSONL file; blank lines at its end are dropped.

    Raises:
        InputError: missing, not text, a line that is blank or not JSON, a repeated key.
        WorkError: the system refuses to read it.
    """
    lines = read_text(path).rstrip()
    for number, line in enumerate(lines.split("\n") if lines else [], start=1):
        if not line.strip():
            raise InputError(f"{path}, line {number}", "the line is blank", "remove it")
        yield number, _parsed(line, str(path), number)


def _parsed(text: str, path: str, first_line: int) -> Any:
    """The value of a JSON text that begins on line `first_line` of a file."""
    try:
        value = json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, path))
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        where = f"{path}, line {first_line - 1 + error.lineno}, column {error.colno}"
        mend = "look at the commas, quotes and brackets there"
        raise InputError(where, f"this is not JSON ({error.msg})", mend) from None
    except UnicodeEncodeError:
        raise InputError(
            path, r"a \u escape stands for half a character", "write the character itself"
        ) from None
    except ValueError:
        raise InputError(path, "a number has thousands of digits", "write a shorter one") from None
    except RecursionError:
        raise InputError(path, "it is nested hundreds of levels deep", "write it flat") from None
    return value


def _object(pairs: list[tuple[str, Any]], path: str) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise InputError(path, f"the key '{key}' is written twice in one object", "keep one of the two")
    return dict(pairs)
