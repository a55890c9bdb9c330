"""What a terminal shows of the work: progress (live bars; plain lines in a log), and how the stages stand."""

import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

if TYPE_CHECKING:
    from traitscope.pipeline import Standing

SILENT_SECONDS = 60.0
"""A log hears of a long piece of work this often."""


class Work:
    """The piece of work that began last: how far it is, and how fast."""

    def __init__(self, stage: str, trait: str, rows: int) -> None:
        self.stage, self.trait, self.rows = stage, trait, rows
        self.done = self.tokens = 0
        self.noted = ""
        self.start = time.monotonic()

    @property
    def name(self) -> str:
        """The stage and what it is about."""
        return " ".join(filter(None, (self.stage, self.trait)))

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self.start

    def advance(self, rows: int, tokens: int) -> None:
        """Count what was done."""
        self.done += rows
        self.tokens += tokens

    def speed(self) -> str:
        """Tokens a second so far; empty where none was generated or read."""
        return f"{self.tokens / self.seconds:,.0f} tokens/s" if self.tokens and self.seconds > 0 else ""

    def took(self) -> str:
        """What it came to, once it is done."""
        minutes, seconds = divmod(round(self.seconds), 60)
        spent = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
        took = f"{self.tokens:,} tokens in {spent}" if self.tokens else spent
        return f"{took}; {self.noted}" if self.noted else took


class Bars:
    """Live progress: stage, trait, rows, tokens a second, time left; what is done stays above as a line."""

    def __init__(self, bars: Progress) -> None:
        self.bars = bars
        self.work = Work("", "", 0)
        self.task: TaskID | None = None

    def begin(self, stage: str, trait: str, rows: int) -> None:
        """A new bar."""
        self.work = Work(stage, trait, rows)
        self.task = self.bars.add_task(stage, total=rows, trait=trait, speed="", note="")

    def advance(self, rows: int, tokens: int) -> None:
        """Move the bar."""
        assert self.task is not None
        self.work.advance(rows, tokens)
        self.bars.update(self.task, advance=rows, speed=self.work.speed())

    def end(self) -> None:
        """A line in the bar's place: with a bar for every piece, the one at work would leave the screen."""
        assert self.task is not None
        self.bars.remove_task(self.task)
        self.task = None
        line = Text(f"{self.work.stage:<8}", style="bold")
        line.append(f" {self.work.trait:<36} {self.work.took()}", style="not bold")
        self.bars.console.print(line, soft_wrap=True)

    def say(self, text: str) -> None:
        """A line above the bar."""
        self.bars.console.print(Text(text, style="dim"))

    def note(self, text: str) -> None:
        """Below the bar, while there is one."""
        self.work.noted = text
        if self.task is not None:
            self.bars.update(self.task, note=text)


class Lines:
    """Progress for a log: one line when a piece of work starts, one when it ends, few in between."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.work = Work("", "", 0)
        self.said = 0.0

    def begin(self, stage: str, trait: str, rows: int) -> None:
        """Say what starts."""
        self.work = Work(stage, trait, rows)
        self.say(f"{self.work.name}: {rows} rows" if rows > 1 else f"{self.work.name}: started")

    def advance(self, rows: int, tokens: int) -> None:
        """Say how far it is, now and then."""
        self.work.advance(rows, tokens)
        if time.monotonic() - self.said >= SILENT_SECONDS:
            far = f"{self.work.name}: {self.work.done} of {self.work.rows} rows"
            self.say(", ".join(filter(None, (far, self.work.speed()))))

    def end(self) -> None:
        """Say that it ended."""
        self.say(f"{self.work.name}: done, {self.work.took()}")

    def note(self, text: str) -> None:
        """Said now and then, and when the work ends."""
        self.work.noted = text
        if time.monotonic() - self.said >= SILENT_SECONDS:
            self.say(f"{self.work.name}: {text}")

    def say(self, text: str) -> None:
        """One line."""
        self.said = time.monotonic()
        self.console.print(Text(text), soft_wrap=True)


class _WithNotes(Progress):
    """Bars with a line of their own for what was noted: beside one, it would take its room."""

    def get_renderables(self) -> Iterator[RenderableType]:
        yield from super().get_renderables()
        for task in self.tasks:
            if task.fields["note"]:
                yield Text(f"  {task.fields['note']}", style="dim", no_wrap=True, overflow="ellipsis")


@contextmanager
def shown(console: Console) -> Iterator[Bars | Lines]:
    """Progress on `console`: bars if it is a terminal that can redraw a line, lines if not."""
    if not console.is_terminal or console.is_dumb_terminal:
        yield Lines(console)
        return
    with _WithNotes(
        TextColumn("{task.description}", style="bold"),
        TextColumn("{task.fields[trait]}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(compact=True),
        console=console,
    ) as bars:
        yield Bars(bars)


def to_do(found: Sequence["Standing"], experiment: str) -> str:
    """How much is done, and the command that does the rest."""
    wanted = [one for one in found if one.state.name != "skipped"]
    done = sum(one.state.name == "done" for one in wanted)
    command = f"traitscope run {shlex.quote(experiment)}"
    if done < len(wanted):
        return f"{done} of {len(wanted)} done; the rest: {command}"
    if any(one.state.reason for one in wanted):
        return f"Everything is done but finer layers: {command}"
    return "Everything is done."
