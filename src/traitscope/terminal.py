"""Progress on standard error: live bars on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class Bars:
    """Live progress: stage, trait, rows, tokens a second, time left."""

    def __init__(self, bars: Progress) -> None:
        self.bars = bars
        self.task: TaskID | None = None
        self.tokens = 0
        self.start = 0.0

    def begin(self, stage: str, trait: str, rows: int) -> None:
        """A new bar; the one before it stays as it ended."""
        self.tokens, self.start = 0, time.monotonic()
        self.task = self.bars.add_task(stage, total=rows, trait=trait, speed="")

    def advance(self, rows: int, tokens: int) -> None:
        """Move the bar."""
        assert self.task is not None
        self.tokens += tokens
        seconds = time.monotonic() - self.start
        speed = f"{self.tokens / seconds:,.0f} tokens/s" if self.tokens and seconds > 0 else ""
        self.bars.update(self.task, advance=rows, speed=speed)

    def say(self, text: str) -> None:
        """A line above the bars."""
        self.bars.console.print(text, style="dim", highlight=False)


class Lines:
    """Progress for a log: one line when a piece of work starts and one when it ends."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.rows = self.done = self.tokens = 0
        self.start = 0.0
        self.name = ""

    def begin(self, stage: str, trait: str, rows: int) -> None:
        """Say what starts."""
        self.name = " ".join(filter(None, (stage, trait)))
        self.rows, self.done, self.tokens, self.start = rows, 0, 0, time.monotonic()
        self.say(f"{self.name}: {rows} rows")

    def advance(self, rows: int, tokens: int) -> None:
        """Say that it ended, when it did."""
        self.done += rows
        self.tokens += tokens
        if self.done >= self.rows:
            self.say(f"{self.name}: done, {self.tokens:,} tokens in {time.monotonic() - self.start:.0f} s")

    def say(self, text: str) -> None:
        """One line."""
        self.console.print(text, highlight=False, soft_wrap=True)


@contextmanager
def shown(console: Console) -> Iterator[Bars | Lines]:
    """Progress on `console`: bars if it is a terminal, lines if not."""
    if not console.is_terminal:
        yield Lines(console)
        return
    with Progress(
        TextColumn("{task.description}", style="bold"),
        TextColumn("{task.fields[trait]}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(compact=True),
        console=console,
    ) as bars:
        yield Bars(bars)
