"""Ctrl-C while a real run is at work: once, twice, and the same command afterwards."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from tiny_place import Place, Typed

SLOW = """\
import sys, time
from traitscope.pipeline import answering
decode = answering.decode
def slowly(*arguments):
    found = decode(*arguments)
    print("decoded", flush=True)
    time.sleep({seconds})
    return found
answering.decode = slowly
sys.argv[0] = "traitscope"
from traitscope.cli import main
sys.exit(main())
"""


def interrupted(place: Place, seconds: float, times: int) -> Typed:
    """A run that is interrupted in the middle of its first batch, so many times; it ends in two minutes."""
    told = place.folder / "told.txt"
    with (
        told.open("w") as err,
        subprocess.Popen(
            [sys.executable, "-c", SLOW.format(seconds=seconds), "run", "tiny.yaml"],
            cwd=place.folder,
            env={**os.environ, "XDG_CACHE_HOME": str(place.folder / "cache"), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == "decoded\n"
        try:
            for _ in range(times):
                process.send_signal(signal.SIGINT)
                # Two signals before the first is looked at would be one.
                while "interrupt again to stop at once" not in told.read_text():
                    assert process.poll() is None
                    time.sleep(0.05)
            out, _ = process.communicate(timeout=120)
        finally:
            process.kill()
    return Typed(process.returncode, out, told.read_text())


def test_one_interrupt_lets_the_batch_end_and_says_how_to_go_on(
    place: Place, typed: Callable[..., Typed], without_figures: None
) -> None:
    answer = interrupted(place, 1.0, 1)
    assert answer.code == 130
    assert "stopping once this batch is saved; interrupt again to stop at once" in answer.err
    assert "traitscope: interrupted; 2 of" in answer.err
    assert answer.err.rstrip().endswith("tiny.yaml")
    (journal,) = place.made.glob("extract/*/*/completions.jsonl")
    assert journal.read_text().endswith("\n")
    state = typed("status", "tiny.yaml")
    assert "2 of" in state.out
    assert typed("run", "tiny.yaml", "--quiet").code == 0


def test_two_interrupts_end_it_at_once(place: Place) -> None:
    answer = interrupted(place, 600.0, 2)
    assert answer.code == 130
    assert "stopped at once; the same command goes on where it was" in answer.err


def test_a_deadline_ends_a_run_with_what_is_done(place: Place, typed: Callable[..., Typed]) -> None:
    answer = typed("run", "tiny.yaml", "--deadline", "0.001s")
    assert answer.code == 0
    assert "traitscope: the deadline is over; 0 of" in answer.err


@pytest.mark.parametrize("deadline", ["2020-01-01T00:00", "0m"])
def test_a_deadline_in_the_past_is_one_sentence(
    place: Place, typed: Callable[..., Typed], deadline: str
) -> None:
    answer = typed("run", "tiny.yaml", "--deadline", deadline)
    assert answer.code == 2
    assert answer.err.startswith(f"traitscope: --deadline: '{deadline}' is in the past (it is 20")
