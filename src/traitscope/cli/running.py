"""What the commands share: their arguments, how an experiment is opened and run, where text goes."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from traitscope.cli.interrupts import INTERRUPTED, asked_to_stop

if TYPE_CHECKING:
    from traitscope.experiment import Experiment
    from traitscope.pipeline import Conduct
    from traitscope.progress import Progress
    from traitscope.report import ReportView

PAPER_WIDTH = 100
"""Columns of a table that goes into a file or a pipe."""

Name = Annotated[
    str,
    typer.Argument(
        metavar="EXPERIMENT", help="File, folder, name under experiments/, or an example.", show_default=False
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
Traits = Annotated[
    list[str] | None,
    typer.Option(
        "--trait", metavar="TRAIT", help="Work on this trait only; again for more.", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def opened(name: str, imported: bool = False) -> "Experiment":
    """The experiment that a file, folder or name stands for; an imported one only for who knows of those."""
    from traitscope.experiment import open_experiment

    found = open_experiment(name)
    if found.layout.imported.is_file() and not imported:
        from traitscope.pipeline.imported.record import refuse_imported

        refuse_imported(found)
    return found


def traits_and_comparisons(view: "ReportView") -> Any:
    """The table of every trait, then of every comparison."""
    from traitscope.report.terminal import summary_table

    return summary_table(view)


def comparisons_alone(view: "ReportView") -> Any:
    """Every figure of the comparisons."""
    from traitscope.report.comparison_text import comparisons_text

    return comparisons_text(view)


def run_and_print(
    experiment: "Experiment",
    stages: Sequence[str] | None,
    quiet: bool,
    traits: Sequence[str] | None = None,
    conduct: "Conduct | None" = None,
    table: "Callable[[ReportView], Any]" = traits_and_comparisons,
) -> None:
    """Run the stages on the traits (all, if none are named) and print the table.

    A deadline that is over ends it with what is done; failures of single traits end it with exit code 1.
    """
    from traitscope.pipeline import Conduct, Stopped, look, run_stages, status
    from traitscope.pipeline.report.views import report_view
    from traitscope.terminal import to_do

    conduct = conduct or Conduct()
    with progress_shown(quiet) as progress, asked_to_stop(conduct):
        try:
            worked = run_stages(experiment, stages, progress, conduct, traits)
        except Stopped as stop:
            left = to_do(status(look(experiment)), str(experiment.file))
            sys.stderr.write(f"traitscope: {stop}; {left}\n")
            if conduct.asked:
                raise SystemExit(INTERRUPTED) from None
            worked = True
    if not worked:
        typer.echo(f"{'What was named' if stages or traits else 'Everything'} is up to date.")
    console(sys.stdout).print(table(report_view(look(experiment))))
    page = experiment.layout.report / "index.html"
    if page.exists():
        typer.echo(f"\nReport: {page}")
    for failure in conduct.failures:
        sys.stderr.write(f"traitscope: {failure}\n")
    if conduct.failures:
        raise SystemExit(1)


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
