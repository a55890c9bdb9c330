"""The command that reads texts which exist already."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from traitscope.cli.running import AsJson, Name, Quiet, console, opened, progress_shown


def read(
    experiment: Name,
    texts: Annotated[
        Path,
        typer.Argument(
            metavar="TEXTS",
            help="JSON, JSON Lines, CSV or plain lines (docs/prompts.md).",
            show_default=False,
        ),
    ],
    variant: Annotated[
        str | None,
        typer.Option("--variant", metavar="VARIANT", help="Who reads them.", show_default=False),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Project texts that exist already, such as transcripts, on every trait; nothing is generated."""
    found = opened(experiment)
    from traitscope.pipeline.infer.given import read_texts
    from traitscope.report.given_text import given_table

    with progress_shown(quiet) as progress:
        done = read_texts(found, texts, variant, progress)
    if as_json:
        typer.echo(json.dumps(done.table.to_dicts(), indent=2, ensure_ascii=False))
        return
    console(sys.stdout).print(given_table(done.table, done.traits, done.variant, done.against))
    typer.echo(f"\nEvery token: {done.folder / 'projections.parquet'}")
