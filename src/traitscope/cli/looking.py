"""The command that looks at completed scenes before anything is extracted from them."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from traitscope.cli.running import Name, Quiet, console, opened, progress_shown
from traitscope.errors import InputError

if TYPE_CHECKING:
    from traitscope.data import Scene

STANDARD_INPUT = "-"

Trait = Annotated[str, typer.Option(metavar="TRAIT", help="Which of the file's traits.", show_default=False)]
SceneText = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        help="Complete this text instead; '-' reads texts from standard input, one a line.",
        show_default=False,
    ),
]
Against = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", help="Another wording of the set, completed alike and compared.", show_default=False
    ),
]


Pole = Literal["positive", "negative"]
Side = Annotated[
    Pole | None,
    typer.Option(
        "--pole", help="Which side --scene is tried for: positive if not named.", show_default=False
    ),
]


def look_before_extracting(
    experiment: Name,
    trait: Trait,
    scene: SceneText = None,
    pole: Side = None,
    against: Against = None,
    quiet: Quiet = False,
) -> None:
    """Let the base model finish the scenes; show both sides of each pair, and what went wrong in them."""
    if scene is not None and against is not None:
        raise InputError("--scene", "tries a text of its own, and --against a whole set", "name one of them")
    if scene is not None:
        _try_scenes(experiment, trait, _scenes(scene), pole or "positive", quiet)
        return
    if pole is not None:
        raise InputError("--pole", "is the side of a scene tried by hand", "add --scene, or leave it out")
    found = opened(experiment)
    from traitscope.pipeline.extract.trying import try_against, try_trait
    from traitscope.report.try_text import tried_sets

    with progress_shown(quiet) as progress:
        if against is None:
            tried = try_trait(found, trait, progress)
        else:
            tried = try_against(found, trait, against, progress)
    console(sys.stdout).print(tried_sets(tried.made, tried.sets))
    typer.echo(f"\nPage: {tried.page}")


def _try_scenes(experiment: str, trait: str, scenes: "Sequence[Scene]", pole: Pole, quiet: bool) -> None:
    found = opened(experiment)
    from traitscope.pipeline.extract.trying import try_scenes
    from traitscope.report.try_text import tried_scenes

    with progress_shown(quiet) as progress:
        looked = try_scenes(found, trait, scenes, pole, progress)
    console(sys.stdout).print(tried_scenes(looked))


def _scenes(text: str) -> "list[Scene]":
    """The texts to complete, trimmed as a trait's scenes are; blank lines are skipped."""
    from traitscope.data import Scene

    piped = text == STANDARD_INPUT
    where = "standard input" if piped else "--scene"
    # What the shell passed on as bytes that are no text comes back as those bytes here.
    given = typer.get_binary_stream("stdin").read() if piped else text.encode(errors="surrogateescape")
    try:
        lines = given.decode("utf-8-sig").split("\n") if piped else [given.decode()]
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise InputError(where, f"byte 0x{byte:02x} is not UTF-8 text", "write UTF-8 text") from None
    scenes = [Scene(line.strip(), None, number) for number, line in enumerate(lines, 1) if line.strip()]
    if not scenes:
        raise InputError(where, "there is no text", "write half-written scenes, one a line")
    return scenes
