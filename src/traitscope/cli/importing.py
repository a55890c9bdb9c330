"""Captures that others made, brought in; and projections of what is stored, without a model."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from traitscope.cli.running import Name, Quiet, opened, progress_shown

if TYPE_CHECKING:
    from traitscope.experiment import Experiment


def import_(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="An experiment's folder of trait-interp or traitinterp."),
    ],
    name: Annotated[
        str | None,
        typer.Option(
            "--name", metavar="NAME", help="What to call it; default the folder's.", show_default=False
        ),
    ] = None,
    layout: Annotated[
        Literal["trait-interp", "traitinterp"] | None,
        typer.Option("--layout", help="Which layout it is in; default what is seen.", show_default=False),
    ] = None,
    depth: Annotated[
        int | None,
        typer.Option("--depth", metavar="N", min=1, help="Layers of the model.", show_default=False),
    ] = None,
    vector_layers: Annotated[
        Literal["blocks", "hidden-states"] | None,
        typer.Option(
            "--vector-layers",
            help="What vector 0 is of: block 0's output, or embeddings.",
            show_default=False,
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Bring in a finished capture of the predecessor: experiments/NAME, without a model."""
    from traitscope.experiment import open_experiment
    from traitscope.pipeline.imported.importing import Told, import_experiment

    with progress_shown(quiet) as progress:
        target = import_experiment(folder, Told(name, layout, depth, vector_layers), progress)
    found = open_experiment(target)
    show_status(found, as_json=False)
    called = found.config.name
    typer.echo(f"wrote {target}; go on with: traitscope project {called}, traitscope compare {called}")


def project(experiment: Name, quiet: Quiet = False) -> None:
    """Project stored residuals on every trait's direction, without a model; say what was not captured."""
    found = opened(experiment, imported=True)
    from traitscope.pipeline.imported.projecting import project_imported
    from traitscope.pipeline.infer.projecting import project_experiment

    with progress_shown(quiet) as progress:
        if found.layout.imported.is_file():
            made = project_imported(found)
        else:
            made = project_experiment(found, progress)
    typer.echo(f"{made} tables of projections were made." if made else "Everything is up to date.")


def show_status(found: "Experiment", as_json: bool) -> None:
    """How an imported experiment stands."""
    from traitscope.pipeline.imported.standing import imported_standing
    from traitscope.report.imported_text import status_markdown

    standing = imported_standing(found)
    if as_json:
        typer.echo(json.dumps(standing, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        typer.echo(status_markdown(standing))


def show_comparisons(found: "Experiment", as_json: bool) -> None:
    """Compare imported variants, and print what was found."""
    from traitscope.pipeline.imported.comparing import compare_imported
    from traitscope.report.imported_text import comparison_markdown

    comparisons = compare_imported(found)
    if as_json:
        typer.echo(json.dumps(comparisons, indent=2, ensure_ascii=False, allow_nan=False))
        return
    for one in comparisons:
        typer.echo(comparison_markdown(one))


def show_report(found: "Experiment") -> None:
    """Write and print the report of an imported experiment."""
    from traitscope.pipeline.imported.standing import REPORT, write_imported_report

    typer.echo(write_imported_report(found))
    typer.echo(f"Report: {found.layout.report / REPORT}")
