"""Writes that survive a kill: whole files by rename, journals by whole lines.

A reader finds either the old file or the new one, never half of one; a journal cut in the middle of a
line loses that line only.
"""

import errno
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from traitscope.errors import WorkError

FILE_MODE = 0o644


def write_bytes(path: Path, content: bytes) -> None:
    """Replace `path` by `content` in one step: temporary file beside it, fsync, rename.

    Raises:
        WorkError: the disk is full or the folder cannot be written.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                sync(stream)
            settle(Path(temporary), path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def write_text(path: Path, text: str) -> None:
    """`write_bytes` of UTF-8 text."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON; NaN and infinity are refused (ValueError), since they are not JSON."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """The value in a JSON file that traitscope wrote.

    Raises:
        WorkError: the file is damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WorkError(str(path), f"cannot be read ({error.strerror})", "mend that and run again") from error
    except ValueError as error:
        raise WorkError(str(path), f"is damaged ({error})", "delete it and run the command again") from error


def append_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append rows to a JSONL journal in one write, each a whole line, synced to the disk.

    Raises:
        WorkError: the disk is full or the file cannot be written.
    """
    content = "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows).encode()
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        drop_torn_line(path)
        with path.open("ab", buffering=0) as stream:
            start = stream.tell()
            try:
                # A disk that fills up takes what fits and says so with the next write only.
                while content:
                    content = content[stream.write(content) :]
                os.fsync(stream.fileno())
            except OSError:
                stream.truncate(start)
                raise


def count_rows(path: Path) -> int:
    """Whole lines of a JSONL journal, which may be growing; 0 if it does not exist."""
    try:
        return path.read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a JSONL journal; none if it does not exist; a torn last line is left out.

    Raises:
        WorkError: a line before the last is not JSON.
    """
    if not path.exists():
        return []
    *whole, _torn = path.read_bytes().split(b"\n")
    rows = []
    for number, line in enumerate(whole, start=1):
        try:
            rows.append(json.loads(line))
        except ValueError as error:
            raise WorkError(
                f"{path}, line {number}",
                "is damaged",
                "move the file away and run the command again; what it held is made anew",
            ) from error
    return rows


def drop_torn_line(path: Path) -> None:
    """Cut a journal after its last whole line: what a kill in the middle of a write left behind."""
    if not path.exists():
        return
    with path.open("rb+") as stream:
        size = stream.seek(0, os.SEEK_END)
        if not size:
            return
        stream.seek(size - 1)
        if stream.read(1) == b"\n":
            return
        stream.seek(0)
        stream.truncate(stream.read().rfind(b"\n") + 1)


def sync(stream: IO[bytes]) -> None:
    """Push what was written through to the disk."""
    stream.flush()
    os.fsync(stream.fileno())


def settle(temporary: Path, path: Path) -> None:
    """Give a finished temporary file its mode and its name, and sync the folder that names it."""
    temporary.chmod(FILE_MODE)
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write `path` into a sentence."""
    try:
        yield
    except OSError as error:
        raise WorkError(str(path), f"cannot be written ({error.strerror})", _mend(error)) from error


def _mend(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "free some space and run the same command again; what is finished is kept"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "make the folder writable, or run from another folder"
    return "mend that and run the same command again; what is finished is kept"
