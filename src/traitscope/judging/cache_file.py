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
    """An open file; made where there is none.

    Raises:
        WorkError: it is no judge cache, is damaged, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with self._asking():
            # Judgements arrive on whatever thread the judge works in; the lock keeps them apart.
            self._base = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._base.close()
                raise

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._base.close()

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What one statement gives; a change is on the disk when this returns.

        Raises:
            WorkError: the file is damaged, locked for too long, or cannot be written.
        """
        with self._lock, self._asking():
            return self._base.execute(query, values).fetchall()

    def fill(self, query: str, values: Sequence[Sequence[Any]]) -> None:
        """One statement for many rows, all or none of them; raises as `rows` does."""
        with self._lock, self._asking():
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

    def _prepare(self) -> None:
        with suppress(sqlite3.OperationalError):
            # Readers then never wait for a writer. Another process may be in the way, or the kind of disk:
            # the slower way is as safe.
            self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = FULL")
        # In one transaction: another process may be making the same file.
        self._base.execute("BEGIN IMMEDIATE")
        try:
            if not self._number("SELECT count(*) FROM sqlite_master"):
                self._base.execute(f"PRAGMA application_id = {APPLICATION}")
                self._base.execute(f"PRAGMA user_version = {VERSION}")
                self._base.execute(TABLE)
            elif self._number("PRAGMA application_id") != APPLICATION:
                mend = "move it away, or name another file"
                raise WorkError(str(self.path), "is another program's database", mend)
            elif self._number("PRAGMA user_version") > VERSION:
                mend = "use that version, or move the file away; what it held is then judged anew"
                raise WorkError(str(self.path), "was written by a newer version of traitscope", mend)
        finally:
            self._base.execute("COMMIT")

    def _number(self, query: str) -> int:
        return int(self._base.execute(query).fetchone()[0])

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Turn SQLite's errors into sentences."""
        try:
            yield
        except sqlite3.Error as error:
            name = str(getattr(error, "sqlite_errorname", "") or "")
            raise WorkError(str(self.path), *_explained(name, str(error))) from error


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
