"""Disks that fail, a folder to work in, and a small experiment file."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

CONFIG = """\
name: moods
variants:
  base: {model: smollm2}
traits: [gloom]
extract: {variant: base}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder: outputs go below it."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def config_text() -> str:
    return CONFIG


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it and nothing more can be synced to the disk."""

    def fill() -> None:
        def no_space(_: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", no_space)

    return fill


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No new file can be made in any folder (tests may run as root, whom modes do not stop)."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    monkeypatch.setattr(Path, "open", refuse)
