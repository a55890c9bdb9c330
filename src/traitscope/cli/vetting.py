"""The command that vets: do completions show their pole, and do questions leave room?"""

import sys
from typing import Annotated

import typer

from traitscope.cli.running import Name, Quiet, console, opened, progress_shown

Questions = Annotated[
    bool,
    typer.Option("--questions", help="Score the unsteered answers to the steering questions instead."),
]


def vet(experiment: Name, questions: Questions = False, quiet: Quiet = False) -> None:
    """Let a judge score what the scenes were completed with, or what is answered without steering."""
    if questions:
        _questions(experiment, quiet)
    else:
        _completions(experiment, quiet)


def _completions(experiment: str, quiet: bool) -> None:
    from traitscope.errors import InputError
    from traitscope.pipeline import look, run_stages
    from traitscope.pipeline.views import vetting_view
    from traitscope.report.vet_text import vetting_text

    found = opened(experiment)
    if found.config.vet is None:
        mend = "add for instance: vet: {judge: classifier}"
        raise InputError(str(found.file), "there is no 'vet', so that nothing says who judges", mend)
    with progress_shown(quiet) as progress:
        run_stages(found, ("vet",), progress)
    run = look(found)
    shown = {name: vetting_view(run, trait) for name, trait in run.traits.items()}
    console(sys.stdout).print(vetting_text(shown))


def _questions(experiment: str, quiet: bool) -> None:
    from traitscope.pipeline.run import running
    from traitscope.pipeline.vet_questions import vet_questions
    from traitscope.report.vet_text import questions_text

    with progress_shown(quiet) as progress, running(opened(experiment), progress) as run:
        checks = vet_questions(run)
    console(sys.stdout).print(questions_text(checks))
