"""One writer for each folder at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from traitscope.errors import WorkError
from traitscope.experiment.files import writing


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path`; it is freed when the process ends, however it ends.

    Raises:
        WorkError: another process holds it; the sentence names its pid.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("a+")
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            holder = stream.read().strip() or "unknown"
            raise WorkError(
                str(path.parent),
                f"is being worked on by process {holder}",
                "wait until it ends, or stop it; what it finished is kept",
            ) from None
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        try:
            yield
        finally:
            stream.truncate(0)


def worker(path: Path) -> int | None:
    """The process that wrote itself into the lock file, if it still runs; for showing, not for deciding."""
    try:
        process = int(path.read_text(encoding="utf-8"))
        os.kill(process, 0)
    except PermissionError:  # another user's
        return process
    except (OSError, ValueError):
        return None
    return process


@contextmanager
def queued(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, waiting for whoever holds it now."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("a")
    with stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
