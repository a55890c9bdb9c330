"""Commands about trait folders, without an experiment and without a model."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from traitscope.cli.running import console

if TYPE_CHECKING:
    from traitscope.config.lint import LintSettings

app = typer.Typer(no_args_is_help=True, help="Check trait folders, and begin new ones.")

Folders = Annotated[
    list[str],
    typer.Argument(
        metavar="FOLDER",
        help="Trait folder, folder of trait folders, or name of a shipped trait.",
        show_default=False,
    ),
]


@app.callback()
def trait() -> None:
    """Check trait folders, and begin new ones."""


@app.command()
def lint(
    folders: Folders,
    form: Annotated[
        Literal["text", "json", "github"], typer.Option("--format", help="How findings are printed.")
    ] = "text",
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
    config: Annotated[
        str | None,
        typer.Option(
            metavar="EXPERIMENT", help="Take the thresholds from its lint section.", show_default=False
        ),
    ] = None,
) -> None:
    """Check trait folders without a model: broken text, repeats, leaks, templates, questions and more."""
    from traitscope.data import trait_folders
    from traitscope.lint import lint_folder
    from traitscope.lint.formats import as_github, as_json

    settings = _settings(config)
    reports = [lint_folder(folder, settings) for folder in trait_folders(map(_found, folders))]
    if form == "json":
        typer.echo(as_json(reports))
    elif form == "github":
        typer.echo(as_github(reports), nl=any(report.findings for report in reports))
    else:
        from traitscope.lint.rendering import as_text

        console(sys.stdout).print(as_text(reports))
    if any(report.failed(strict) for report in reports):
        raise typer.Exit(1)


@app.command()
def new(
    name: Annotated[
        str,
        typer.Argument(help="Name of the trait, or CATEGORY/NAME.", show_default=False),
    ],
    kind: Annotated[
        Literal["mood", "style", "inner-state", "act", "blamed", "observed"],
        typer.Option(help="What the trait is; guidance and example scenes are made for it."),
    ] = "act",
) -> None:
    """Begin traits/NAME: a few example scenes to replace, all other files, and guidance for its kind."""
    from traitscope.data.starting import FILES, KINDS, start_trait

    folder = start_trait(name, kind)
    others = ", ".join(other for other in KINDS if other != kind)
    typer.echo(f"wrote {folder}: {', '.join(FILES)}")
    typer.echo(f"for a trait of kind {kind}, {KINDS[kind]} (--kind takes {others} too)")
    typer.echo(f"read {folder / FILES[0]}, write scenes, then check them: traitscope trait lint {folder}")


def _settings(experiment: str | None) -> "LintSettings":
    from traitscope.cli.running import opened
    from traitscope.config.lint import LintSettings

    return opened(experiment).config.lint if experiment else LintSettings()


def _found(name: str) -> Path:
    """The folder of that path or, as in an experiment file, below traits/ here or among the shipped ones."""
    from traitscope.experiment import SHIPPED

    places = [Path(name), Path("traits") / name, SHIPPED / "traits" / name]
    return next((place for place in places if place.is_dir()), places[0])
