"""Judgements that were paid for, in one SQLite file: each is on the disk as soon as it arrives.

The key of a judgement is a digest of all that determines it: the judge's identity (model, mode, version of
the prompts), the rubric with its definition, question and answer. Several processes may use the file at once;
what one of them wrote first is what all of them read.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from traitscope.experiment.files import settle, sync, writing
from traitscope.judging.cache_file import CacheFile, open_to_write
from traitscope.judging.judgement import Asked, Judgement, Rubric
from traitscope.judging.spending import PaidJudgement

AT_ONCE = 500
"""Keys or rows in one query: SQLite takes a limited number."""


class Kept(NamedTuple):
    """Judgements of one judge for one rubric."""

    identity: str
    """The judge as it named itself."""
    kind: str
    """trait, coherence or engagement."""
    rubric: str
    """The trait's name; for the other kinds, the kind."""
    judgements: int
    without_value: int
    tokens: int
    money: float
    first: float
    """Seconds since 1970."""
    last: float


class JudgeCache:
    """A file of judgements.

    Args:
        path: the file.
        opened: `open_to_write`, which makes it where there is none, or `open_to_read`.

    Raises:
        WorkError: it is no judge cache, is damaged, or cannot be opened so.
    """

    def __init__(self, path: Path, opened: Callable[[Path], CacheFile] = open_to_write) -> None:
        self._file = opened(path)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> "JudgeCache":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def look_up(self, keys: Sequence[str]) -> dict[str, Judgement]:
        """Judgements of those keys that are known."""
        found: dict[str, Judgement] = {}
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            marks = ",".join("?" * len(some))
            query = f"SELECT key, value, reason, identity, mass FROM judgement WHERE key IN ({marks})"
            found |= {key: Judgement(*rest) for key, *rest in self._file.rows(query, some)}
        return found

    def add(
        self, key: str, judge: Mapping[str, Any], rubric: Rubric, asked: Asked, said: Judgement
    ) -> Judgement:
        """Keep a judgement, unless there is one under its key; returns the one that is there now."""
        spent = said.spent if isinstance(said, PaidJudgement) else None
        row = (
            key,
            _json(judge),
            rubric.kind,
            rubric.name,
            *map(_storable, asked),
            said.value,
            _storable(said.reason),
            _storable(said.identity),
            said.mass,
            time.time(),
            *(spent or (None, None, None)),
        )
        self._file.rows(f"INSERT OR IGNORE INTO judgement VALUES ({','.join('?' * len(row))})", row)
        return self.look_up([key])[key]

    def has_scored(self, judge: Mapping[str, Any], rubric: Rubric) -> bool:
        """Whether a judge of this identity has ever given a score for a rubric of this name."""
        known = "judge = ? AND kind = ? AND rubric = ? AND value NOT NULL"
        query = f"SELECT 1 FROM judgement WHERE {known} LIMIT 1"
        return bool(self._file.rows(query, (_json(judge), rubric.kind, rubric.name)))

    def stats(self) -> list[Kept]:
        """What the file holds, by judge and rubric."""
        query = """
            SELECT identity, kind, rubric, count(*), sum(value IS NULL),
                   coalesce(sum(tokens_read + tokens_written), 0), coalesce(sum(money), 0.0), min(at), max(at)
            FROM judgement GROUP BY identity, kind, rubric ORDER BY identity, kind, rubric
        """
        return [Kept(*row) for row in self._file.rows(query)]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every judgement with all that is known of it, in the order of arrival."""
        names = [name for _, name, *_ in self._file.rows("PRAGMA table_info(judgement)")]
        last = (-1.0, "")
        while True:
            query = "SELECT * FROM judgement WHERE (at, key) > (?, ?) ORDER BY at, key LIMIT ?"
            some = self._file.rows(query, (*last, AT_ONCE))
            for row in some:
                found = dict(zip(names, row, strict=True))
                last = (found["at"], found["key"])
                yield found | {"judge": json.loads(found["judge"])}
            if len(some) < AT_ONCE:
                return

    def export(self, path: Path) -> int:
        """Write every judgement as a line of JSON, in the order of arrival; returns how many.

        Raises:
            WorkError: the cache is damaged, or `path` cannot be written.
        """
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            count = 0
            try:
                with os.fdopen(handle, "wb") as stream:
                    for row in self.rows():
                        stream.write(_json(row).encode() + b"\n")
                        count += 1
                    sync(stream)
                settle(Path(temporary), path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        return count

    def prune(
        self,
        older_than: float | None = None,
        identity: str | None = None,
    ) -> int:
        """Remove judgements for which every given condition holds; none given removes none.

        Args:
            older_than: those that arrived before this moment, in seconds since 1970.
            identity: those of the judge that named itself so.

        Returns: how many were removed.
        """
        conditions: list[str] = []
        values: list[Any] = []
        if older_than is not None:
            conditions.append("at < ?")
            values.append(older_than)
        if identity is not None:
            conditions.append("identity = ?")
            values.append(identity)
        if not conditions:
            return 0
        condition = " AND ".join(conditions)
        (removed,) = self._file.rows(f"SELECT count(*) FROM judgement WHERE {condition}", values)[0]
        self._file.rows(f"DELETE FROM judgement WHERE {condition}", values)
        self._file.shrink()
        return int(removed)


def judgement_key(judge: Mapping[str, Any], rubric: Rubric, asked: Asked) -> str:
    """Digest of everything that determines a judgement."""
    whole = {"judge": judge, "rubric": asdict(rubric), "asked": list(asked)}
    return sha256(_json(whole).encode("utf-8", "surrogatepass")).hexdigest()


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)


def _storable(text: str) -> str:
    """Without halves of surrogate pairs, which SQLite refuses; keys are made from the text as it is."""
    return text.encode("utf-8", "replace").decode()
