"""What a terminal and a log show of the work: calls and money stand beside its rows, while it lasts."""

import io
import re

import pytest
from rich.console import Console

from traitscope import terminal
from traitscope.terminal import Lines, shown

CALLS = "12 calls, 1,224 tokens, 0.0031 spent"


def on_a_terminal(width: int = 80) -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    return Console(file=stream, width=width, force_terminal=True, color_system=None), stream


def plain(stream: io.StringIO) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())


def test_calls_and_money_stand_in_the_line_that_a_piece_of_work_leaves() -> None:
    console, stream = on_a_terminal()
    with shown(console) as progress:
        progress.begin("steer", "gloom", 40)
        progress.note("1 calls, 102 tokens")
        progress.advance(40, 0)
        progress.note(CALLS)
        progress.end()
    assert any(line.rstrip().endswith(f"0 s; {CALLS}") for line in plain(stream).splitlines())


def test_calls_and_money_stand_below_the_bar_and_leave_it_its_room() -> None:
    console, stream = on_a_terminal()
    with shown(console) as progress:
        progress.begin("steer", "gloom", 40)
        progress.note(CALLS)
        assert progress.bars.live is not None  # type: ignore[union-attr]
        progress.bars.refresh()  # type: ignore[union-attr]
        lines = plain(stream).splitlines()
        assert f"  {CALLS}" in [line.rstrip() for line in lines]
        assert any("steer gloom" in line and "0/40" in line for line in lines)


def test_a_note_before_any_work_and_after_its_end_is_no_error() -> None:
    console, stream = on_a_terminal()
    with shown(console) as progress:
        progress.note(CALLS)
        progress.begin("steer", "gloom", 1)
        progress.advance(1, 0)
        progress.end()
        progress.note(CALLS)
        progress.begin("report", "", 1)
        progress.advance(1, 0)
        progress.end()
    assert CALLS not in plain(stream).splitlines()[-1]


def test_a_log_hears_of_calls_now_and_then_and_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    lines = Lines(Console(file=stream, width=100))
    lines.begin("steer", "gloom", 40)
    for number in range(1, 13):
        lines.note(f"{number} calls")
    assert stream.getvalue() == "steer gloom: 40 rows\n"
    monkeypatch.setattr(terminal, "SILENT_SECONDS", 0.0)
    lines.note("13 calls")
    lines.advance(40, 0)
    lines.note("14 calls")
    lines.end()
    assert stream.getvalue().splitlines() == [
        "steer gloom: 40 rows",
        "steer gloom: 13 calls",
        "steer gloom: 40 of 40 rows",
        "steer gloom: 14 calls",
        "steer gloom: done, 0 s; 14 calls",
    ]
