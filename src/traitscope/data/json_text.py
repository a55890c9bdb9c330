"""A JSON file that a user wrote: its value, or where it stops being JSON."""

import json
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
    try:
        value = json.loads(read_text(path), object_pairs_hook=lambda pairs: _object(pairs, path))
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        where = f"{path}, line {error.lineno}, column {error.colno}"
        mend = "look at the commas, quotes and brackets there"
        raise InputError(where, f"this is not JSON ({error.msg})", mend) from None
    except UnicodeEncodeError:
        raise InputError(
            str(path), r"a \u escape stands for half a character", "write the character itself"
        ) from None
    except RecursionError:
        raise InputError(str(path), "it is nested hundreds of levels deep", "write it flat") from None
    if not isinstance(value, dict):
        raise InputError(str(path), "the file holds no JSON object", "write {...} around its keys")
    return value


def _object(pairs: list[tuple[str, Any]], path: Path) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise InputError(
                str(path), f"the key '{key}' is written twice in one object", "keep one of the two"
            )
    return dict(pairs)
