"""Ctrl-C: once ends the work where it can go on, twice at once."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from traitscope.pipeline import Conduct

INTERRUPTED = 130
SHOW_CURSOR = "\x1b[?25h"


@contextmanager
def asked_to_stop(conduct: "Conduct") -> Iterator[None]:
    """An interrupt lets the batch at work end and be saved; a second one ends the process as a kill would,
    which loses that batch and nothing else."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # Not through sys.stderr: the interrupt may have come in the middle of a write to it.
        if conduct.asked:
            cursor = SHOW_CURSOR if sys.stderr.isatty() else ""
            os.write(
                2, f"{cursor}\ntraitscope: stopped at once; the same command goes on where it was\n".encode()
            )
            os._exit(INTERRUPTED)
        conduct.asked = "interrupted"
        os.write(2, b"\ntraitscope: stopping once this batch is saved; interrupt again to stop at once\n")

    usual = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or usual is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
