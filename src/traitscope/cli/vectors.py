"""Commands about directions: look at them, give them to other programs, bring others' in."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from traitscope.cli.running import AsJson, Name, Quiet, console, opened, progress_shown

app = typer.Typer(no_args_is_help=True, help="Look at directions, export and import them.")


@app.callback()
def vectors() -> None:
    """Look at directions, export and import them."""


@app.command()
def show(
    experiment: Name,
    trait: Annotated[
        str | None,
        typer.Option("--trait", help="One trait; default all that have directions.", show_default=False),
    ] = None,
    layer: Annotated[
        int | None,
        typer.Option("--layer", metavar="L", help="Compare with this layer, in detail.", show_default=False),
    ] = None,
    tokens: Annotated[
        bool, typer.Option("--tokens", help="Load the model, and show what the direction says.")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Look at directions: norms, likeness over layers and methods, and with --tokens what they say."""
    found = opened(experiment)
    from traitscope.pipeline.vectors.showing import Wanted, show_vectors
    from traitscope.report.vectors_text import vectors_text

    with progress_shown(quiet) as progress:
        views = show_vectors(found, Wanted(trait, layer, tokens), progress)
    if as_json:
        typer.echo(json.dumps([view.as_json() for view in views], indent=2, ensure_ascii=False))
        return
    console(sys.stdout).print(vectors_text(views))
    if not tokens:
        typer.echo(
            "--tokens loads the model and adds the tokens nearest to the direction and farthest from it"
        )


@app.command()
def export(
    experiment: Name,
    trait: Annotated[str, typer.Option("--trait", help="Trait whose winner is written.", show_default=False)],
    form: Annotated[
        Literal["safetensors", "gguf", "npz"],
        typer.Option("--format", help="gguf is a control vector for llama.cpp."),
    ] = "safetensors",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to; default TRAIT.FORMAT, here."),
    ] = None,
    model_hint: Annotated[
        str | None,
        typer.Option(
            "--model-hint",
            metavar="NAME",
            help="Architecture in a gguf, as llama.cpp calls it; default the model's own.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write what steering found best for a trait, coefficient baked in, for other programs."""
    found = opened(experiment)
    from traitscope.pipeline.vectors.exporting import export_cautions, export_direction
    from traitscope.pipeline.vectors.winner import hint_of, load_direction

    direction = load_direction(found, trait)
    path = output or Path(f"{trait}.{form}")
    hint = model_hint or (hint_of(found) if form == "gguf" else None)
    export_direction(direction, path, form, hint)
    part = direction.parts[0]
    typer.echo(
        f"wrote {path}: {trait} by {part.method}, layer {part.layer}, coefficient {part.coefficient:.4g}"
    )
    if form == "gguf":
        typer.echo(LLAMA_CPP.format(layer=part.layer, path=path, hint=hint))
    for caution in export_cautions(direction, form):
        typer.echo(f"warning: {caution}", err=True)


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=".safetensors, .npz, .npy, .pt, .pth, .bin, .ckpt")
    ],
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="The model it was made for.", show_default=False),
    ] = None,
    layers: Annotated[
        list[int] | None,
        typer.Option(
            "--layer",
            metavar="L",
            min=0,
            help="Block after which it is added, counted from 0; again for more.",
            show_default=False,
        ),
    ] = None,
    tensor: Annotated[
        str | None,
        typer.Option("--tensor", metavar="KEY", help="Take this tensor of the file.", show_default=False),
    ] = None,
    rows: Annotated[
        Literal["blocks", "hidden-states"] | None,
        typer.Option(
            "--rows", help="What row 0 of a table is: block 0's output, or embeddings.", show_default=False
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", help="What to call it; default the file's name.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to; default NAME.direction.safetensors."),
    ] = None,
) -> None:
    """Bring in vectors that others saved; writes a direction file. Nothing pickled but tensors is read."""
    from traitscope.pipeline.vectors.exporting import refuse_existing
    from traitscope.pipeline.vectors.importing import Told, import_direction

    direction = import_direction(file, Told(model, tuple(layers or ()), tensor, rows, name))
    path = output or Path(f"{direction.name}.direction.safetensors")
    refuse_existing(path)
    direction.save(path)
    assert direction.model is not None
    known = "" if direction.model.identity else ", which is not on this machine: width and depth unchecked"
    typer.echo(f"wrote {path}: width {direction.width}, for {direction.model.name}{known}")
    for part in direction.parts:
        typer.echo(f"  layer {part.layer}, norm {part.coefficient:.4g}")
    typer.echo(f"use it: traitscope.Direction.load({str(path)!r}).steer(model)")


LLAMA_CPP = """\
try it: llama-cli -m MODEL.gguf --control-vector {path}
llama.cpp adds direction.{layer} after block {layer}, counted from 0 as layers are here, to every token of
prompt and answer; model_hint is '{hint}'. Files of llama.cpp's own generator are named otherwise: what it
found after block i is its direction.{{i+1}}."""
