"""Artefacts and their manifests: is what lies in a folder still true?

An artefact is a folder made by one stage. Its manifest says what its figures depend on, part by part; as long
as every part is as it was, the artefact is true. A stale one moves to the archive when it is replaced.
"""

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal, NamedTuple

from traitscope.errors import WorkError
from traitscope.experiment.files import read_json, write_json, writing
from traitscope.experiment.fingerprint import digest

FORMAT = 1
RECORDED = ("traitscope", "torch", "transformers", "peft", "numpy", "scipy", "scikit-learn")

StateName = Literal["done", "running", "stale", "missing", "failed", "skipped"]


class State(NamedTuple):
    """How an artefact stands, and why."""

    name: StateName
    reason: str


@dataclass(frozen=True)
class Artefact:
    """A folder of results and what they depend on.

    Attributes:
        folder: where the results are; `manifest` lies beside them.
        stage: which stage makes it.
        parts: name -> digest of everything a figure in it depends on.
        manifest: the manifest's file name; two artefacts may share a folder (answers and their scores).
        files: names of what belongs to it, moved to the archive together; none means the whole folder.
        lacks: what of it is not there any more although its manifest says that it was made, as a clause.
    """

    folder: Path
    stage: str
    parts: Mapping[str, str]
    manifest: str = "manifest.json"
    files: tuple[str, ...] = ()
    lacks: Callable[[], str | None] = lambda: None

    @property
    def fingerprint(self) -> str:
        """Digest of all parts."""
        return digest(dict(self.parts))

    @property
    def path(self) -> Path:
        """The manifest."""
        return self.folder / self.manifest

    def state(self) -> State:
        """How it stands on the disk.

        Raises:
            WorkError: its manifest is damaged, or was written by a newer traitscope.
        """
        found = read_manifest(self.path)
        if found is None:
            return State("missing", "not made yet")
        changed = sorted(
            name
            for name in {*found["parts"], *self.parts}
            if found["parts"].get(name) != self.parts.get(name)
        )
        if changed:
            return State("stale", f"changed since: {', '.join(changed)}")
        gone = [name for name in found.get("files", ()) if not (self.folder / name).exists()]
        if gone:
            return State("missing", f"{gone[0]} is gone")
        if found["state"] == "done" and (lack := self.lacks()):
            return State("missing", lack)
        return State(found["state"], found.get("reason", ""))

    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.state().name == "done"


def read_manifest(path: Path) -> dict[str, Any] | None:
    """A manifest's content; None where there is none.

    Raises:
        WorkError: it is damaged, or was written by a newer traitscope.
    """
    if not path.exists():
        return None
    found: dict[str, Any] = read_json(path)
    written = found.get("format") if isinstance(found, dict) else None
    if not isinstance(written, int):
        raise WorkError(str(path), "is damaged (no format number)", "delete it and run the command again")
    if written > FORMAT:
        raise WorkError(
            str(path),
            f"was written by a newer traitscope (format {written}, this one knows {FORMAT})",
            "install the newer traitscope (pip install -U traitscope)",
        )
    return found


@contextmanager
def making(artefact: Artefact, archive: Path, root: Path) -> Iterator[dict[str, Any]]:
    """Make an artefact, or go on making it; the manifest is kept true.

    Results that are stale, or that no manifest speaks for, are archived first. The yielded dictionary takes
    what should be recorded beside the result (counts, notes); it is written with the time taken when the work
    ends, also when it fails. Two artefacts made in one go share that time: each records its `seconds`.
    """
    found = read_manifest(artefact.path)
    if found is None or found["parts"] != dict(artefact.parts):
        archive_files(artefact, archive, root)
        found = None
    before = float(found["seconds"]) if found else 0.0
    recorded: dict[str, Any] = {}
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "stage": artefact.stage,
        "state": "running",
        "fingerprint": artefact.fingerprint,
        "parts": dict(artefact.parts),
        "started": found["started"] if found else now(),
        "resumed": now(),
        "seconds": before,
        "versions": versions(),
    }
    write_json(artefact.path, manifest)
    start = time.monotonic()
    try:
        yield recorded
    except BaseException as error:
        ended = {"state": "running" if _was_stopped(error) else "failed", "reason": _reason(error)}
        seconds = round(before + recorded.pop("seconds", time.monotonic() - start), 2)
        write_json(artefact.path, manifest | recorded | ended | {"seconds": seconds})
        raise
    seconds = round(before + recorded.pop("seconds", time.monotonic() - start), 2)
    done = {"state": "done", "finished": now(), "seconds": seconds, "files": _present(artefact)}
    write_json(artefact.path, manifest | recorded | done)


def archive_files(artefact: Artefact, archive: Path, root: Path) -> None:
    """Move an artefact's files, if it has any, to the archive, under a name that says when and from where."""
    # The manifest goes last: killed in between, what is left still says that it is stale.
    names = [*artefact.files, artefact.manifest] if artefact.files else ["."]
    present = [name for name in names if _holds_something(artefact.folder / name)]
    if not present:
        return
    place = archive / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ") / artefact.folder.relative_to(root)
    with writing(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        if not artefact.files:
            shutil.move(artefact.folder, place)
            return
        place.mkdir(exist_ok=True)
        for name in present:
            shutil.move(artefact.folder / name, place / name)


@cache
def versions() -> Mapping[str, str]:
    """Versions of the libraries that figures come from: recorded, never part of a fingerprint."""
    found = {}
    for package in RECORDED:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def now() -> str:
    """The time, in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _present(artefact: Artefact) -> list[str]:
    """Names of an artefact's files: what is deleted later is missed, and made anew."""
    places = [artefact.folder / name for name in artefact.files or (".",)]
    files = [path for place in places for path in (place.rglob("*") if place.is_dir() else [place])]
    return sorted(
        str(path.relative_to(artefact.folder))
        for path in files
        if path.is_file() and path.name != artefact.manifest
    )


def _holds_something(path: Path) -> bool:
    return any(path.iterdir()) if path.is_dir() else path.exists()


def _was_stopped(error: BaseException) -> bool:
    return not isinstance(error, Exception)


def _reason(error: BaseException) -> str:
    if _was_stopped(error):
        return str(error) or "interrupted"
    return json.dumps(str(error), ensure_ascii=False)[1:-1]
