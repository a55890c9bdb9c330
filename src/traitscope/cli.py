"""The command line: parse, call, print. Data goes to standard output, progress and errors to standard error.

Heavy libraries are imported by the commands that need them, so that --help answers at once.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from traitscope import __version__
from traitscope.errors import TraitscopeError

if TYPE_CHECKING:
    from traitscope.experiment import Experiment
    from traitscope.progress import Progress

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
INTERRUPTED = 130
PAPER_WIDTH = 100
"""Columns of a table that goes into a file or a pipe."""

Name = Annotated[
    str,
    typer.Argument(
        metavar="EXPERIMENT", help="File, folder, or name under experiments/.", show_default=False
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"traitscope {__version__}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
]


def main() -> int:
    """Run the command line; every mistake of the user is one sentence and exit code 2.

    A failing disk, network or damaged file is one sentence and exit code 1; an interrupt is 130.
    """
    _quieten_libraries()
    try:
        app()
    except TraitscopeError as error:
        sys.stderr.write(f"traitscope: {error}\n")
        return error.exit_code
    return 0


@app.callback()
def options(version: Version = False) -> None:
    """What is a language model disposed to do, and what did a fine-tune change?"""


@app.command()
def demo(quiet: Quiet = False) -> None:
    """Run the whole chain on SmolLM2 in some minutes: two LoRAs, three traits, no key, no GPU, no network."""
    from traitscope.experiment import SHIPPED, open_experiment

    _run(open_experiment(SHIPPED / "demo.yaml"), None, quiet)


@app.command()
def new(name: Annotated[str, typer.Argument(help="Name of the experiment.", show_default=False)]) -> None:
    """Write NAME.yaml, an experiment file with a comment at every key."""
    from traitscope.experiment.starting import write_template

    file = write_template(name)
    typer.echo(f"wrote {file}; run it with: traitscope run {file}")


@app.command()
def run(experiment: Name, quiet: Quiet = False) -> None:
    """Do everything that is not done or no longer true, then print the table."""
    _run(_opened(experiment), None, quiet)


def _stage_command(stage: str, what: str) -> Callable[..., None]:
    def command(experiment: Name, quiet: Quiet = False) -> None:
        _run(_opened(experiment), (stage,), quiet)

    command.__doc__ = what
    return command


app.command("extract")(_stage_command("extract", "Complete the scenes and fit every trait's directions."))
app.command("steer")(_stage_command("steer", "Search layers and coefficients, and report the winner."))
app.command("infer")(
    _stage_command("infer", "Let variants answer and re-read the prompts; project every token.")
)
app.command("report")(_stage_command("report", "Write the page, its Markdown and the figures."))


@app.command()
def compare(experiment: Name, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Hold variants against each other: three lines of evidence and a verdict per trait."""
    opened = _opened(experiment)
    if not as_json:
        _run(opened, ("compare",), quiet)
        return
    from traitscope.pipeline import look, run_stages, summary

    with _progress(quiet) as progress:
        run_stages(opened, ("compare",), progress)
    typer.echo(json.dumps(summary(look(opened))["comparisons"], indent=2, ensure_ascii=False))


@app.command()
def status(experiment: Name, as_json: AsJson = False) -> None:
    """Show how every stage stands, and why."""
    opened = _opened(experiment)
    from traitscope.pipeline import look
    from traitscope.pipeline import status as standings
    from traitscope.terminal import status_table, to_do

    found = standings(look(opened))
    if as_json:
        rows = [
            {
                "stage": one.stage,
                "subject": one.subject,
                "state": one.state.name,
                "reason": one.state.reason,
                "seconds": one.seconds,
            }
            for one in found
        ]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    console = _console(sys.stdout)
    console.print(status_table(found))
    console.print(f"\n{to_do(found, experiment)}", soft_wrap=True, markup=False)


def _opened(name: str) -> "Experiment":
    from traitscope.experiment import open_experiment

    return open_experiment(name)


def _run(experiment: "Experiment", stages: Sequence[str] | None, quiet: bool) -> None:
    from traitscope.pipeline import STAGES, look, run_stages
    from traitscope.pipeline.views import report_view
    from traitscope.report.terminal import summary_table

    with _progress(quiet) as progress:
        worked = run_stages(experiment, stages or STAGES, progress)
    if not worked:
        typer.echo("Everything is up to date.")
    _console(sys.stdout).print(summary_table(report_view(look(experiment))))
    page = experiment.layout.report / "index.html"
    if page.exists():
        typer.echo(f"\nReport: {page}")


@contextmanager
def _progress(quiet: bool) -> "Iterator[Progress]":
    from traitscope.progress import Silence
    from traitscope.terminal import shown

    try:
        if quiet:
            yield Silence()
            return
        with shown(_console(sys.stderr)) as progress:
            yield progress
    except KeyboardInterrupt:
        sys.stderr.write("traitscope: interrupted; the same command goes on where it was\n")
        raise SystemExit(INTERRUPTED) from None


def _console(stream: Any) -> Any:
    """A console that uses colours and redraws lines on a terminal alone, and there only where wanted."""
    from rich.console import Console

    rich = stream.isatty() and not os.environ.get("NO_COLOR")
    return Console(
        file=stream, force_terminal=rich, width=None if stream.isatty() else PAPER_WIDTH, highlight=False
    )


def _quieten_libraries() -> None:
    """Progress bars and advice of the libraries below are not for this program's users."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TQDM_DISABLE", "1")
