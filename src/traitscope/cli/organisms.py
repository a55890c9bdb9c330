"""Commands about adapters of one's own making: controls that plant nothing."""

from pathlib import Path
from typing import Annotated

import typer

from traitscope.cli.running import Name, Quiet, opened, progress_shown

app = typer.Typer(no_args_is_help=True, help="Train adapters of which it is known what they plant.")


@app.callback()
def organisms() -> None:
    """Train adapters of which it is known what they plant."""


@app.command()
def controls(
    experiment: Name,
    variant: Annotated[
        str,
        typer.Option("--variant", metavar="VARIANT", help="Whose weights they are for.", show_default=False),
    ],
    like: Annotated[
        str | None,
        typer.Option("--like", metavar="VARIANT", help="Match this variant's adapter.", show_default=False),
    ] = None,
    per_kind: Annotated[
        int, typer.Option("--per-kind", min=1, help="Controls of each of the five kinds.")
    ] = 2,
    steps: Annotated[int, typer.Option("--steps", min=1, help="Steps of each training.")] = 30,
    out: Annotated[Path, typer.Option("--out", help="Folder of the adapters' folders.")] = Path(
        "lora/controls"
    ),
    quiet: Quiet = False,
) -> None:
    """Train controls: LoRAs on own, plain, off-topic, shuffled and restyled answers, which plant no trait."""
    found = opened(experiment)
    from traitscope.pipeline.organisms.controls import Wish, file_lines, train_controls

    wish = Wish(variant, per_kind, steps, like, out)
    with progress_shown(quiet) as progress:
        made = train_controls(found, wish, progress)
    typer.echo(f"{len(made)} controls in {out}; add to {found.file}:")
    for line in file_lines(wish, found):
        typer.echo(line)
