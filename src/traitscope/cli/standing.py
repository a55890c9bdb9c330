"""Commands about what was found so far: how it stands, what judges say of it now, what it was before."""

import json
import sys
from typing import Annotated

import typer

from traitscope.cli import importing
from traitscope.cli.interrupts import INTERRUPTED, asked_to_stop
from traitscope.cli.running import AsJson, Name, Quiet, Traits, console, opened, progress_shown

Which = Annotated[str, typer.Option("--trait", metavar="TRAIT", help="Whose history.", show_default=False)]


Watch = Annotated[
    bool, typer.Option("--watch", help="Show it again as it changes, until nobody works on it.")
]


def status(experiment: Name, watch: Watch = False, as_json: AsJson = False) -> None:
    """Show how every trait and stage stands, and why; how far it is, how long it took and may take."""
    found = opened(experiment, imported=True)
    if found.layout.imported.is_file():
        importing.show_status(found, as_json)
        return
    from traitscope.pipeline.tracking import Tracker

    tracker = Tracker(found)
    if watch:
        from traitscope.cli.watching import watch_status

        watch_status(tracker, experiment, as_json)
        return
    seen = tracker.look()
    if as_json:
        rows = [one.as_json() for one in seen.pieces]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False, allow_nan=False))
        return
    from traitscope.cli.standing_text import status_table
    from traitscope.terminal import to_do

    screen = console(sys.stdout)
    screen.print(status_table(seen))
    standings = [one.standing for one in seen.pieces]
    screen.print(to_do(standings, experiment), soft_wrap=True, markup=False)


def rescore(experiment: Name, trait: Traits = None, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Judge stored answers again after a changed definition or judge, without the model; show old and new."""
    found = opened(experiment)
    from traitscope.pipeline import Conduct, Stopped
    from traitscope.pipeline.past.rescoring import rescore as judge_again
    from traitscope.report.rescore_text import rescored_text

    conduct = Conduct()
    with progress_shown(quiet) as progress, asked_to_stop(conduct):
        try:
            views = judge_again(found, trait, progress, conduct)
        except Stopped as stop:
            sys.stderr.write(f"traitscope: {stop}; the same command goes on where it was\n")
            raise SystemExit(INTERRUPTED) from None
    if as_json:
        typer.echo(json.dumps([one.as_json() for one in views], indent=2, ensure_ascii=False))
        return
    console(sys.stdout).print(rescored_text(views))


def history(experiment: Name, trait: Which, as_json: AsJson = False) -> None:
    """Hold what was found of a trait before against what replaced it, and say what changed between them."""
    from traitscope.pipeline.past.history import history as look_back
    from traitscope.report.history_text import history_text

    found = look_back(opened(experiment), trait)
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
        return
    console(sys.stdout).print(history_text(found))
