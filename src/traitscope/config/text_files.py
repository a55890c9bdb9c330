"""A text file that a user wrote: its text, or a sentence that says why it cannot be read."""

import re
from collections.abc import Collection
from pathlib import Path

from traitscope.config.nearest import nearest
from traitscope.errors import InputError, WorkError


def read_text(path: Path, known: Collection[str] = ()) -> str:
    r"""Text of a UTF-8 file; a byte order mark is dropped, every line ends in "\n".

    Args:
        known: names of files that belong beside it: none of them is a misspelling of its name.

    Raises:
        InputError: no such file (with the nearest name beside it), a folder, a binary file or not UTF-8.
        WorkError: the system refuses to read it.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(str(path), "there is no such file", _mend_missing(path, known)) from None
    except IsADirectoryError:
        raise InputError(str(path), "this is a folder", "name a file in it") from None
    except NotADirectoryError:
        raise InputError(str(path), "a part of this path is a file", "name a folder there") from None
    except OSError as error:
        raise WorkError(
            str(path), f"it cannot be read ({error.strerror})", "mend its permissions or path"
        ) from error
    return _decoded(content, path)


def without_blank_end(text: str) -> str:
    """A text without the blank lines at its end; the last line with words keeps its blanks."""
    return re.sub(r"(\n[^\S\n]*)+\Z", "", text) if text.strip() else ""


def _decoded(content: bytes, path: Path) -> str:
    binary = content.find(b"\0")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"{path}, line {_line(content, error.start)}"
        byte = content[error.start]
        raise InputError(
            where, f"byte 0x{byte:02x} is not UTF-8 text", "save the file as UTF-8 text"
        ) from None
    if binary >= 0:
        where = f"{path}, line {_line(content, binary)}"
        raise InputError(where, "a zero byte: this is a binary file", "put a UTF-8 text file here")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _line(content: bytes, offset: int) -> int:
    return content.count(b"\n", 0, offset) + 1


def _mend_missing(path: Path, known: Collection[str]) -> str:
    if not path.parent.is_dir():
        return f"make the folder '{path.parent}' or correct the path"
    guess = nearest(path.name, sorted({entry.name for entry in path.parent.iterdir()}.difference(known)))
    return f"did you mean '{guess}'? Otherwise write the file" if guess else "write it or correct the path"
