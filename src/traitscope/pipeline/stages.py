"""The stages in order, each a function of the experiment."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from traitscope.config.order import STAGES
from traitscope.errors import InputError
from traitscope.experiment import Experiment
from traitscope.pipeline.check.stage import check
from traitscope.pipeline.choosing import choose, refuse_waiting_for_others
from traitscope.pipeline.compare.cause import look_for_causes
from traitscope.pipeline.compare.stage import compare
from traitscope.pipeline.conduct import Conduct, Stopped
from traitscope.pipeline.extract.bank import read_bank
from traitscope.pipeline.extract.stage import extract_traits
from traitscope.pipeline.imported.record import refuse_imported
from traitscope.pipeline.infer.project import project_all
from traitscope.pipeline.infer.stage import infer
from traitscope.pipeline.inputs import check_adapters, check_inputs, make_judges
from traitscope.pipeline.linting import say_findings
from traitscope.pipeline.order import Step, ordered_steps, refines_apart, rests_on
from traitscope.pipeline.report.stage import report
from traitscope.pipeline.report.summary import write_summary
from traitscope.pipeline.run import Run, pin_commits, running
from traitscope.pipeline.status import (
    Standing,
    is_any_inferred,
    is_up_to_date,
    of_chosen,
    seconds_on_winners,
    stage_state,
    status,
)
from traitscope.pipeline.steer.damage import measure_damage
from traitscope.pipeline.steer.specificity import judge_specificity
from traitscope.pipeline.steer.stage import steer, unrefined_traits
from traitscope.pipeline.vet.stage import vet
from traitscope.progress import Progress, Silence


def extract(run: Run) -> None:
    """Stage 1: traits' directions, and what inside scores are held against."""
    extract_traits(run)
    read_bank(run)


def infer_and_project(run: Run) -> None:
    """Stage 3: answers and readings, then their projections, which need no model."""
    infer(run)
    project_all(run)


def steer_and_measure(run: Run) -> None:
    """Stage 2: the winners and their proofs, what they cost, and, without a model, what they do to the other
    traits."""
    steer(run)
    measure_damage(run)
    judge_specificity(run)


def compare_and_try(run: Run) -> None:
    """Stage 4: verdicts, without a model, and, where the file asks for it, whether the shifts cause them."""
    compare(run)
    look_for_causes(run)


WORK: dict[str, Callable[[Run], None]] = {
    "vet": vet,
    "extract": extract,
    "check": check,
    "steer": steer_and_measure,
    "refine": steer_and_measure,
    "infer": infer_and_project,
    "compare": compare_and_try,
    "report": report,
}


def run_stages(
    experiment: Experiment,
    stages: Sequence[str] | None = None,
    progress: Progress | None = None,
    conduct: Conduct | None = None,
    traits: Sequence[str] | None = None,
) -> bool:
    """Do what is not done or no longer true; false if there was nothing to do.

    Killed at any moment, the same call goes on where it was. `summary.json` is written after each stage. What
    failed while others went on is in `conduct.failures`.

    Args:
        stages: do these only, one after the other whatever `order` says in the file.
        traits: work on these only, and leave the others as they are; without `stages`, on what is made trait
            by trait, and the report.

    Raises:
        Stopped: the deadline of `conduct` is over, or somebody asked; what is done is in the summary.
        InputError: the experiment, its traits, prompts, models or adapters cannot be used, a stage is asked
            for without what it rests on, or there is none of that name, nor such a trait.
        WorkError: disk, memory, a damaged artefact, or another process holds the experiment.
    """
    refuse_imported(experiment)
    chosen = choose(experiment, stages, traits)
    stages = chosen.stages
    with running(experiment, progress or Silence(), conduct) as whole:
        run = replace(whole, chosen=chosen.traits)
        check_inputs(run)
        pin_commits(run)
        standing = of_chosen(run, status(run))
        if is_up_to_date(standing, stages) and not ("steer" in stages and unrefined_traits(run)):
            # The last run may have been killed between its last stage and the summary of it.
            write_summary(run)
            return False
        _refuse_out_of_order(run, standing, stages)
        refuse_waiting_for_others(run, stages)
        check_adapters(run)
        if "extract" in stages:
            say_findings(run)
        make_judges(run, [one for one in stages if stage_state(standing, one) not in ("done", "skipped")])
        steps, apart = [Step(stage, chosen.traits) for stage in stages], False
        if stages == STAGES and chosen.traits is None:
            steps = ordered_steps(experiment.config, run.conduct.time_left())
            apart = refines_apart(experiment.config)
        for step in steps:
            try:
                run.conduct.check()
                refines = step.stage == "refine" or not apart
                worked = replace(run, chosen=step.traits, chosen_prompts=step.prompts, refines=refines)
                if refines and step.stage in ("steer", "refine"):
                    worked = replace(worked, reserve=_reserve(worked))
                WORK[step.stage](worked)
            except Stopped:
                write_summary(run)
                raise
            write_summary(run)
    return True


def _reserve(run: Run) -> float:
    """Seconds before a deadline in which what another winner makes stale can be made again."""
    if run.conduct.deadline is None:
        return 0.0
    return seconds_on_winners(status(run), [name for name in unrefined_traits(run) if run.works_on(name)])


def _refuse_out_of_order(run: Run, found: list[Standing], stages: Sequence[str]) -> None:
    """A stage by itself would read what is missing, or take what is stale for true."""
    for stage in stages:
        for needed in rests_on(run.experiment.config, stage):
            state = stage_state(found, needed)
            if needed in stages or state in ("done", "skipped"):
                continue
            if (stage, needed) == ("compare", "infer") and is_any_inferred(run):
                continue
            raise InputError(
                str(run.experiment.file),
                f"'{stage}' rests on '{needed}', which is {state}",
                f"type first: traitscope {needed} {run.experiment.file}",
            )
