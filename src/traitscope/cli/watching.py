"""A status that is shown again as it changes: redrawn on a terminal, a line a change in a pipe."""

import json
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from traitscope.cli.running import console, opened
from traitscope.errors import WorkError

if TYPE_CHECKING:
    from traitscope.cli.standing_text import Row
    from traitscope.pipeline.tracking import Tracker, Tracking

SECONDS = 2.0
"""Between two looks."""
TENTHS = 10
"""A log hears of a piece at work whenever another tenth of its answers is there."""


def watch_status(tracker: "Tracker", name: str, as_json: bool) -> None:
    """Show an experiment's status until no process works on it.

    Raises:
        InputError, WorkError: as the first look at it.
    """
    if as_json:
        _watch_json(tracker, name)
    elif sys.stdout.isatty():
        _watch_screen(tracker, name)
    else:
        _watch_lines(tracker, name)


def _looks(tracker: "Tracker", name: str) -> Iterator["Tracking"]:
    """What is seen, look after look; the last one after the work has ended."""
    seen = tracker.look()
    yield seen
    while seen.process is not None:
        time.sleep(SECONDS)
        seen = _look_again(tracker, name)
        yield seen


def _look_again(tracker: "Tracker", name: str) -> "Tracking":
    """A folder may be on its way to the archive just now: what is damaged for longer than that is told."""
    try:
        return tracker.look(opened(name))
    except (WorkError, OSError):
        time.sleep(SECONDS)
        return tracker.look(opened(name))


def _watch_screen(tracker: "Tracker", name: str) -> None:
    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

    from traitscope.cli.standing_text import status_table
    from traitscope.terminal import to_do

    with Live(console=console(sys.stdout), auto_refresh=False) as live:
        for seen in _looks(tracker, name):
            standings = [one.standing for one in seen.pieces]
            live.update(Group(status_table(seen), Text(to_do(standings, name))), refresh=True)


def _watch_lines(tracker: "Tracker", name: str) -> None:
    from traitscope.cli.standing_text import rows
    from traitscope.terminal import to_do

    told: dict[tuple[str, str], tuple[str, int]] = {}
    for seen in _looks(tracker, name):
        for row in rows(seen):
            place, standing = (row.stage, row.what), (row.state, _tenth(row))
            if told.get(place) != standing:
                told[place] = standing
                typer.echo(f"{time.strftime('%H:%M:%S')} {row.line()}")
        sys.stdout.flush()
    typer.echo(to_do([one.standing for one in seen.pieces], name))


def _watch_json(tracker: "Tracker", name: str) -> None:
    """A line of JSON, an array of all pieces, whenever one of them is not as it was."""
    told = ""
    for seen in _looks(tracker, name):
        states = [[one.standing.state, one.answers] for one in seen.pieces]
        if told != (told := json.dumps(states)):
            typer.echo(json.dumps([one.as_json() for one in seen.pieces], ensure_ascii=False))
            sys.stdout.flush()


def _tenth(row: "Row") -> int:
    if row.state != "running" or not row.answers or not row.expected:
        return 0
    return row.answers * TENTHS // row.expected
