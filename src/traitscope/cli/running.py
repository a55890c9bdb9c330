"""What the commands share: their arguments, how an experiment is opened and run, where text goes."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from traitscope.experiment import Experiment
    from traitscope.progress import Progress

INTERRUPTED = 130
PAPER_WIDTH = 100
"""Columns of a table that goes into a file or a pipe."""

Name = Annotated[
    str,
    typer.Argument(
        metavar="EXPERIMENT", help="File, folder, name under experiments/, or an example.", show_default=False
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def opened(name: str) -> "Experiment":
    """The experiment that a file, folder or name stands for."""
    from traitscope.experiment import open_experiment

    return open_experiment(name)


def run_and_print(experiment: "Experiment", stages: Sequence[str] | None, quiet: bool) -> None:
    """Run the stages (all, if none are named) and print the table."""
    from traitscope.pipeline import STAGES, look, run_stages
    from traitscope.pipeline.views import report_view
    from traitscope.report.terminal import summary_table

    with progress_shown(quiet) as progress:
        worked = run_stages(experiment, stages or STAGES, progress)
    if not worked:
        typer.echo("Everything is up to date.")
    console(sys.stdout).print(summary_table(report_view(look(experiment))))
    page = experiment.layout.report / "index.html"
    if page.exists():
        typer.echo(f"\nReport: {page}")


@contextmanager
def progress_shown(quiet: bool) -> "Iterator[Progress]":
    """Progress on standard error; an interrupt ends the program with a sentence."""
    from traitscope.progress import Silence
    from traitscope.terminal import shown

    try:
        if quiet:
            yield Silence()
            return
        with shown(console(sys.stderr)) as progress:
            yield progress
    except KeyboardInterrupt:
        sys.stderr.write("traitscope: interrupted; the same command goes on where it was\n")
        raise SystemExit(INTERRUPTED) from None


def console(stream: Any) -> Any:
    """A console that uses colours and redraws lines on a terminal alone, and there only where wanted."""
    from rich.console import Console

    rich = stream.isatty() and not os.environ.get("NO_COLOR")
    return Console(
        file=stream, force_terminal=rich, width=None if stream.isatty() else PAPER_WIDTH, highlight=False
    )
