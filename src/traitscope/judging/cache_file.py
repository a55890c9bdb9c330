"""The SQLite file of a judge cache: opened, known to be ours, its errors in sentences."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from traitscope.errors import WorkError
from traitscope.experiment.files import writing

APPLICATION = 0x74736A63
"""Marks the file as a judge cache ("tsjc")."""
VERSION = 1
"""Of the table."""
BUSY_SECONDS = 30.0
"""How long another process's write is waited for."""
TABLE = """
CREATE TABLE judgement (
    key TEXT PRIMARY KEY,
    judge TEXT NOT NULL,
    kind TEXT NOT NULL,
    rubric TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    value REAL,
    reason TEXT NOT NULL,
    identity TEXT NOT NULL,
    mass REAL,
    at REAL NOT NULL,
    tokens_read INTEGER,
    tokens_written INTEGER,
    money REAL
) WITHOUT ROWID
"""


class CacheFile:
    """An open file."""

    def __init__(self, path: Path, base: sqlite3.Connection) -> None:
        self.path, self._base = path, base
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._base.close()

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What one statement gives; a change is on the disk when this returns.

        Raises:
            WorkError: the file is damaged, locked for too long, or cannot be written.
        """
        with self._lock, _asking(self.path):
            return self._base.execute(query, values).fetchall()

    def fill(self, query: str, values: Sequence[Sequence[Any]]) -> None:
        """One statement for many rows, all or none of them; raises as `rows` does."""
        with self._lock, _asking(self.path):
            self._base.execute("BEGIN")
            try:
                self._base.executemany(query, values)
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
            self._base.execute("COMMIT")

    def shrink(self) -> None:
        """Give free space back; left undone where another process is reading."""
        with self._lock, suppress(sqlite3.OperationalError):
            self._base.execute("VACUUM")


def open_to_write(path: Path) -> CacheFile:
    """Open the file; it is made where there is none.

    Raises:
        WorkError: it is no judge cache, is damaged, or cannot be written.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with _asking(path):
        base = _connected(str(path))
        try:
            _prepare(base, path)
        except BaseException:
            base.close()
            raise
    return CacheFile(path, base)


def open_to_read(path: Path) -> CacheFile:
    """Open a file that is there, so that nothing of it can be changed.

    Raises:
        WorkError: it is no judge cache, is damaged, or cannot be read.
    """
    address = f"{path.resolve().as_uri()}?mode=ro"
    with _asking(path):
        base = _connected(address)
        try:
            try:
                _refuse_strange(base, path)
            except sqlite3.OperationalError:
                # In a folder that cannot be written SQLite has no place to agree with writers, and there are
                # none.
                base.close()
                base = _connected(f"{address}&immutable=1")
                _refuse_strange(base, path)
        except BaseException:
            base.close()
            raise
    return CacheFile(path, base)


def _connected(address: str) -> sqlite3.Connection:
    # Judgements arrive on whatever thread the judge works in; a lock keeps them apart.
    return sqlite3.connect(
        address,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        uri=address.startswith("file:"),
    )


def _prepare(base: sqlite3.Connection, path: Path) -> None:
    with suppress(sqlite3.OperationalError):
        # Readers then never wait for a writer. Another process may be in the way, or the kind of disk:
        # the slower way is as safe.
        base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = FULL")
    # In one transaction: another process may be making the same file.
    base.execute("BEGIN IMMEDIATE")
    try:
        if _number(base, "SELECT count(*) FROM sqlite_master"):
            _refuse_strange(base, path)
        else:
            base.execute(f"PRAGMA application_id = {APPLICATION}")
            base.execute(f"PRAGMA user_version = {VERSION}")
            base.execute(TABLE)
    finally:
        base.execute("COMMIT")


def _refuse_strange(base: sqlite3.Connection, path: Path) -> None:
    if _number(base, "PRAGMA application_id") != APPLICATION:
        raise WorkError(str(path), "is another program's database", "move it away, or name another file")
    if _number(base, "PRAGMA user_version") > VERSION:
        mend = "use that version, or move the file away; what it held is then judged anew"
        raise WorkError(str(path), "was written by a newer version of traitscope", mend)


def _number(base: sqlite3.Connection, query: str) -> int:
    return int(base.execute(query).fetchone()[0])


@contextmanager
def _asking(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into sentences."""
    try:
        yield
    except sqlite3.Error as error:
        name = str(getattr(error, "sqlite_errorname", "") or "")
        raise WorkError(str(path), *_explained(name, str(error))) from error


def _explained(name: str, told: str) -> tuple[str, str]:
    """What one of SQLite's errors means, and its mend."""
    again = "run the same command again; what was written before is kept"
    match name.removeprefix("SQLITE_").split("_")[0]:
        case "CORRUPT" | "NOTADB":
            what = f"is damaged, or no judge cache ({told})"
            return what, "move it away and run the command again; what it held is judged anew"
        case "BUSY" | "LOCKED":
            return f"was being written by another process for over {BUSY_SECONDS:.0f} seconds", again
        case "FULL":
            return "cannot be written: the disk is full", f"free some space and {again}"
        case "READONLY" | "CANTOPEN" | "PERM" | "AUTH":
            return f"cannot be opened ({told})", "make file and folder writable, or name another file"
        case _:
            return f"cannot be used ({told})", f"mend that and {again}"
