"""Commands about judges: is one worth its word, and what it has said so far."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from traitscope.cli.running import AsJson, Name, Quiet, console, opened, progress_shown
from traitscope.errors import InputError

if TYPE_CHECKING:
    from traitscope.judging import JudgeCache

app = typer.Typer(no_args_is_help=True, help="Check judges, and look into what they have said.")

DAY = 24 * 3600


@app.callback()
def judge() -> None:
    """Check judges, and look into what they have said."""


@app.command()
def check(
    experiment: Name,
    trait: Annotated[
        str, typer.Option("--trait", help="Trait whose judges are checked.", show_default=False)
    ],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Hold a trait's judges against labelled answers, and try to talk them round; exit 1 if one fails."""
    from traitscope.pipeline.check.checking import check_trait
    from traitscope.report.check_text import checks_text

    with progress_shown(quiet) as progress:
        found = check_trait(opened(experiment), trait, progress)
    if as_json:
        typer.echo(json.dumps([one.as_json() for one in found], indent=2, ensure_ascii=False))
    else:
        console(sys.stdout).print(checks_text(found))
    if any(one.state != "passed" for one in found):
        raise typer.Exit(1)


@app.command()
def cache(
    experiment: Name,
    action: Annotated[Literal["stats", "export", "prune"], typer.Argument(help="What to do.")] = "stats",
    to: Annotated[
        Path | None,
        typer.Option("--to", help="File to export to; default judgements.jsonl.", show_default=False),
    ] = None,
    older_than: Annotated[
        int | None, typer.Option("--older-than", min=0, metavar="DAYS", help="Prune what is older.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="ID", help="Prune what this model said.", show_default=False),
    ] = None,
) -> None:
    """What language models have been asked and said: count it, write it out, or throw some of it away."""
    found = opened(experiment)
    path = found.layout.judge_cache
    if not path.exists():
        typer.echo("No language model has judged anything yet.")
        return
    from traitscope.experiment import locked
    from traitscope.judging import JudgeCache
    from traitscope.judging.cache_file import open_to_read, open_to_write

    with JudgeCache(path, open_to_write if action == "prune" else open_to_read) as kept:
        if action == "stats":
            _stats(kept)
        elif action == "export":
            target = to or Path("judgements.jsonl")
            typer.echo(f"wrote {kept.export(target)} judgements to {target}")
        else:
            if older_than is None and model is None:
                mend = "give --older-than DAYS, --model ID, or both"
                raise InputError("judge cache prune", "nothing says what to throw away", mend)
            with locked(found.layout.lock):
                moment = None if older_than is None else datetime.now().timestamp() - older_than * DAY
                removed = kept.prune(older_than=moment, identity=model)
            typer.echo(f"removed {removed} judgements")


def _stats(kept: "JudgeCache") -> None:
    from traitscope.report.check_text import cache_table

    console(sys.stdout).print(cache_table(kept.stats()))
