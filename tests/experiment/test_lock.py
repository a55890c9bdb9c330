"""One writer for each folder at a time."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from traitscope.errors import WorkError
from traitscope.experiment.lock import locked, queued, worker

HOLD = """
import sys
from pathlib import Path
from traitscope.experiment.lock import {kind}
with {kind}(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(kind: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its input is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(kind=kind), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=30)
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            stream.close()


def test_a_second_process_is_refused_with_the_firsts_pid(tmp_path: Path) -> None:
    path = tmp_path / "demo" / "lock"
    with another_process("locked", path) as first, pytest.raises(WorkError) as caught, locked(path):
        pytest.fail("two processes hold the lock")
    assert str(caught.value) == (
        f"{path.parent}: is being worked on by process {first.pid}; "
        "wait until it ends, or stop it; what it finished is kept."
    )
    assert caught.value.exit_code == 1


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    with another_process("locked", tmp_path / "lock"):
        pass
    with locked(tmp_path / "lock"):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_the_worker_is_the_process_in_the_lock_file_as_long_as_it_runs(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert worker(path) is None
    with another_process("locked", path) as first:
        assert worker(path) == first.pid
    assert worker(path) is None
    path.write_text("no number")
    assert worker(path) is None


def test_a_lock_is_free_after_use_and_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="stopped"), locked(tmp_path / "lock"):
        raise RuntimeError("stopped")
    for _ in range(2):
        with locked(tmp_path / "lock"):
            pass


def test_a_queued_process_waits_for_the_first(tmp_path: Path) -> None:
    waits = "import sys; print('asks', flush=True)\n" + HOLD.format(kind="queued")
    with another_process("queued", tmp_path / "lock") as first:
        second = subprocess.Popen(
            [sys.executable, "-c", waits, str(tmp_path / "lock")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert second.stdout is not None
        assert second.stdout.readline() == "asks\n"
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(timeout=2)
        first.communicate()
        out, _ = second.communicate(timeout=60)
    assert out == "held\n"
    assert second.returncode == 0


@pytest.mark.parametrize("lock", [locked, queued])
def test_a_lock_that_cannot_be_made_is_a_sentence(tmp_path: Path, lock: object) -> None:
    (tmp_path / "demo").write_text("a file where the folder should be")
    with pytest.raises(WorkError, match="lock: cannot be written"), lock(tmp_path / "demo" / "lock"):  # type: ignore[operator]
        pass
