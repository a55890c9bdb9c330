"""The command line: parse, call, print. Data goes to standard output, progress and errors to standard error.

Heavy libraries are imported by the commands that need them, so that --help answers at once.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer

from traitscope import __version__
from traitscope.cli import (
    importing,
    judge,
    looking,
    organisms,
    planning,
    reading,
    settings,
    standing,
    trait,
    vectors,
    vetting,
    words,
)
from traitscope.cli.running import (
    AsJson,
    Name,
    Quiet,
    Traits,
    comparisons_alone,
    opened,
    progress_shown,
    run_and_print,
)
from traitscope.errors import TraitscopeError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(trait.app, name="trait")
app.add_typer(judge.app, name="judge")
app.add_typer(vectors.app, name="vectors")
app.add_typer(organisms.app, name="organisms")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"traitscope {__version__}")
        raise typer.Exit


Stages = Annotated[
    list[str] | None,
    typer.Option("--stage", metavar="STAGE", help="Do this stage only; again for more.", show_default=False),
]
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

    run_and_print(open_experiment(SHIPPED / "demo.yaml"), None, quiet)


@app.command()
def new(name: Annotated[str, typer.Argument(help="Name of the experiment.", show_default=False)]) -> None:
    """Write NAME.yaml, an experiment file with a comment at every key."""
    from traitscope.experiment.starting import write_template

    file = write_template(name)
    typer.echo(f"wrote {file}; run it with: traitscope run {file}")


@app.command()
def run(
    experiment: Name,
    stage: Stages = None,
    trait: Traits = None,
    deadline: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Stop by then, where it can go on: 90m, 1h30m, or 2026-12-01T07:00.",
            show_default=False,
        ),
    ] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Go on with other traits when one fails.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Do everything that is not done or no longer true, then print the table."""
    from traitscope.cli.deadlines import seconds_until

    seconds = None if deadline is None else seconds_until(deadline, datetime.now().astimezone())
    found = opened(experiment)
    from traitscope.pipeline import Conduct

    conduct = Conduct(None if seconds is None else time.monotonic() + seconds, keep_going)
    run_and_print(found, stage, quiet, trait, conduct)


app.command("plan")(planning.plan)
app.command("try")(looking.look_before_extracting)
app.command("vet")(vetting.vet)
app.command("check-settings")(settings.check_settings)


def _stage_command(stage: str, what: str) -> Callable[..., None]:
    def command(experiment: Name, quiet: Quiet = False) -> None:
        run_and_print(opened(experiment), (stage,), quiet)

    command.__doc__ = what
    return command


def _trait_stage_command(stage: str, what: str) -> Callable[..., None]:
    def command(experiment: Name, trait: Traits = None, quiet: Quiet = False) -> None:
        run_and_print(opened(experiment), (stage,), quiet, trait)

    command.__doc__ = what
    return command


app.command("extract")(_trait_stage_command("extract", "Complete the scenes and fit the traits' directions."))
app.command("steer")(_trait_stage_command("steer", "Search layers and coefficients, and report the winner."))
app.command("infer")(
    _stage_command("infer", "Let variants answer and re-read the prompts; project every token.")
)
app.command("read")(reading.read)
app.command("rescore")(standing.rescore)
app.command("history")(standing.history)
app.command("import")(importing.import_)
app.command("project")(importing.project)


@app.command()
def report(experiment: Name, quiet: Quiet = False) -> None:
    """Write the page, its Markdown and the figures."""
    found = opened(experiment, imported=True)
    if found.layout.imported.is_file():
        importing.show_report(found)
        return
    run_and_print(found, ("report",), quiet)


@app.command()
def compare(experiment: Name, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Hold variants against each other: three lines of evidence and a verdict per trait."""
    found = opened(experiment, imported=True)
    if found.layout.imported.is_file():
        importing.show_comparisons(found, as_json)
        return
    if not as_json:
        run_and_print(found, ("compare",), quiet, table=comparisons_alone)
        return
    from traitscope.pipeline import look, run_stages, summary

    with progress_shown(quiet) as progress:
        run_stages(found, ("compare",), progress)
    typer.echo(json.dumps(summary(look(found))["comparisons"], indent=2, ensure_ascii=False))


app.command("tokens")(words.tokens)
app.command("status")(standing.status)


def _quieten_libraries() -> None:
    """Progress bars and advice of the libraries below are not for this program's users."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TQDM_DISABLE", "1")
