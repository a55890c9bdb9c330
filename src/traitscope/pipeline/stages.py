"""The stages in order, each a function of the experiment."""

from collections.abc import Callable, Sequence

from traitscope.experiment import Experiment
from traitscope.pipeline.compare import compare
from traitscope.pipeline.extract import extract, used_scenes
from traitscope.pipeline.infer import infer, questions_asked
from traitscope.pipeline.project import project_all
from traitscope.pipeline.report import report
from traitscope.pipeline.run import Run, running
from traitscope.pipeline.scoring import trait_judge
from traitscope.pipeline.status import STAGES, is_up_to_date
from traitscope.pipeline.steer import steer, steered_traits, steering
from traitscope.pipeline.summary import write_summary
from traitscope.progress import Progress, Silence


def infer_and_project(run: Run) -> None:
    """Stage 3: answers and readings, then their projections, which need no model."""
    infer(run)
    project_all(run)


WORK: dict[str, Callable[[Run], None]] = {
    "extract": extract,
    "steer": steer,
    "infer": infer_and_project,
    "compare": compare,
    "report": report,
}


def run_stages(
    experiment: Experiment, stages: Sequence[str] = STAGES, progress: Progress | None = None
) -> bool:
    """Do what is not done or no longer true of `stages`; false if there was nothing to do.

    Killed at any moment, the same call goes on where it was. `summary.json` is written after each stage.

    Raises:
        InputError: the experiment, its traits, prompts, models or adapters cannot be used.
        WorkError: disk, memory, a damaged artefact, or another process holds the experiment.
    """
    with running(experiment, progress or Silence()) as run:
        check_inputs(run)
        if is_up_to_date(run, stages):
            return False
        for stage in stages:
            WORK[stage](run)
            write_summary(run)
    return True


def check_inputs(run: Run) -> None:
    """Look at every input before the first token is generated: what is wrong is said now, not in an hour.

    Raises:
        InputError: a trait, question list, prompt set, model or adapter cannot be used.
    """
    config = run.experiment.config
    for trait in run.traits.values():
        used_scenes(run, trait)
    if config.steer is not None:
        for trait in steered_traits(run).values():
            trait_judge(trait, run.experiment)
            steering(run, trait, config.steer)
    if config.infer is not None:
        questions_asked(run)
    for variant in config.variants:
        run.variants.renderer(variant)
        run.variants.adapter(variant)
