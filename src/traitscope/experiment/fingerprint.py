"""Fingerprints: short digests of everything a figure depends on."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import platformdirs

from traitscope.experiment.files import write_json

DIGEST_LENGTH = 16
"""Hexadecimal digits kept of a SHA-256: 64 bits, far beyond the number of artefacts anyone will make."""


def digest(value: Any) -> str:
    """Digest of a value that JSON can hold; dictionaries and sets count by content, not by order."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, default=sorted)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def file_digest(path: Path) -> str:
    """SHA-256 of a file, remembered in the user's cache by path, size and time: weights are read once."""
    status = path.stat()
    key = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:DIGEST_LENGTH]
    memory = cache_folder() / "digests" / f"{key}.json"
    stamp = [status.st_size, status.st_mtime_ns]
    remembered = _remembered(memory, stamp)
    if remembered:
        return remembered
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    write_json(memory, {"stamp": stamp, "sha256": found})
    return found


def files_digest(paths: Iterable[Path]) -> str:
    """Digest of several files by name and content, in the order of their names."""
    return digest([[path.name, file_digest(path)] for path in sorted(paths)])


def cache_folder() -> Path:
    """Where traitscope keeps what can be made again: converted models, remembered digests."""
    return platformdirs.user_cache_path("traitscope")


def _remembered(memory: Path, stamp: list[int]) -> str | None:
    try:
        found = json.loads(memory.read_text())
        return str(found["sha256"]) if found["stamp"] == stamp else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
