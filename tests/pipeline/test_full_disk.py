"""A disk that fills up while answers are written: one sentence, nothing lost, and the run can go on."""

import errno
import os
from pathlib import Path

import pytest
from figures import figures
from judged_run import without_comparison
from tiny_run import Tiny

from traitscope.errors import WorkError


def full_at(monkeypatch: pytest.MonkeyPatch, name: str, write: int) -> None:
    """The disk takes no more with the `write`-th sync of a file so called."""
    fsync, seen = os.fsync, [0]

    def filling(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == name:
            seen[0] += 1
            if seen[0] == write:
                raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", filling)


@pytest.mark.parametrize(("name", "write"), [("answers.jsonl", 2), ("scores.jsonl", 1), ("scores.jsonl", 3)])
def test_what_was_written_is_kept_and_the_run_goes_on_from_there(
    tiny_experiment: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, write: int
) -> None:
    without_comparison(tiny_experiment)
    with monkeypatch.context() as patch:
        full_at(patch, name, write)
        with pytest.raises(WorkError) as stop:
            tiny_experiment.run()
    assert str(stop.value) == (
        f"experiments/tiny/steer/sombre/chat/{name}: cannot be written (No space left on device); free some "
        "space and run the same command again; what is finished is kept."
    )
    path = tiny_experiment.root / "steer/sombre/chat" / name
    kept = path.read_bytes() if path.exists() else b""
    assert kept.endswith(b"\n") or not kept
    assert tiny_experiment.run()
    assert path.read_bytes().startswith(kept)
    assert tiny_experiment.states()["steer: sombre: search"] == "done"
    # Each batch is there once: `figures` refuses a second copy.
    assert figures(tiny_experiment.root)
