"""The command that vets: do completions show their pole, and do questions leave room?"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import typer

from traitscope.cli.running import Name, Quiet, Traits, console, opened, progress_shown

Questions = Annotated[
    bool,
    typer.Option("--questions", help="Score the unsteered answers to the steering questions instead."),
]


def vet(experiment: Name, questions: Questions = False, trait: Traits = None, quiet: Quiet = False) -> None:
    """Let a judge score what the scenes were completed with, or what is answered without steering."""
    if questions:
        _questions(experiment, trait, quiet)
    else:
        _completions(experiment, trait, quiet)


def _completions(experiment: str, traits: Sequence[str] | None, quiet: bool) -> None:
    from traitscope.errors import InputError
    from traitscope.pipeline import look, run_stages
    from traitscope.pipeline.report.views import vetting_view
    from traitscope.report.vet_text import vetting_text

    found = opened(experiment)
    if found.config.vet is None:
        mend = "add for instance: vet: {judge: classifier}"
        raise InputError(str(found.file), "there is no 'vet', so that nothing says who judges", mend)
    with progress_shown(quiet) as progress:
        run_stages(found, ("vet",), progress, traits=traits)
    run = look(found)
    shown = {
        name: vetting_view(run, trait) for name, trait in run.traits.items() if not traits or name in traits
    }
    console(sys.stdout).print(vetting_text(shown))


def _questions(experiment: str, traits: Sequence[str] | None, quiet: bool) -> None:
    from traitscope.pipeline.choosing import choose
    from traitscope.pipeline.run import running
    from traitscope.pipeline.vet.questions import vet_questions
    from traitscope.report.vet_text import questions_text

    found = opened(experiment)
    chosen = choose(found, ("steer",), traits).traits
    with progress_shown(quiet) as progress, running(found, progress) as run:
        checks = vet_questions(replace(run, chosen=chosen))
    console(sys.stdout).print(questions_text(checks))
