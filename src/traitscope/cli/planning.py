"""The command that counts an experiment before it runs."""

import json
import sys
from typing import Annotated

import typer

from traitscope.cli.running import AsJson, Name, Quiet, console, opened, progress_shown

Memory = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        help="Plan for a GPU with so much memory, such as 80GB, in place of this machine.",
        show_default=False,
    ),
]
Probe = Annotated[
    bool, typer.Option("--probe", help="Load the models and measure them for seconds; remembered.")
]


def plan(
    experiment: Name,
    memory: Memory = None,
    probe: Probe = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Count what a run takes, before it does: tokens, judged answers, memory, disk, time, money."""
    from traitscope.planning import as_json as value_of
    from traitscope.planning import parse_memory
    from traitscope.planning import plan as planned

    size = None if memory is None else parse_memory(memory)
    found = opened(experiment)
    counted = planned(found, size)
    if probe:
        from traitscope.pipeline.probing import probe as measure

        with progress_shown(quiet) as progress:
            measure(found, counted, progress)
        counted = planned(found, size)
    if as_json:
        typer.echo(json.dumps(value_of(counted), indent=2, ensure_ascii=False))
        return
    from traitscope.report.plan_text import plan_text

    console(sys.stdout).print(plan_text(counted))
