"""Which stages and traits a command works on, where it names some; all others stay as they are."""

from collections.abc import Sequence
from typing import NamedTuple

from traitscope.config import LENGTH, one_of, orthogonal_to
from traitscope.errors import InputError
from traitscope.experiment import Experiment
from traitscope.pipeline.extract.stage import extraction
from traitscope.pipeline.run import Run
from traitscope.pipeline.status import STAGES

TOGETHER = ("infer", "compare")
"""Stages that take all traits together and find something of each; the report shows whatever there is."""


class Chosen(NamedTuple):
    """What is worked on."""

    stages: tuple[str, ...]
    """In the order in which they follow from each other."""
    traits: frozenset[str] | None
    """None: all."""


def choose(
    experiment: Experiment, stages: Sequence[str] | None = None, traits: Sequence[str] | None = None
) -> Chosen:
    """The stages and traits that are named, or all; with traits alone, their own stages and the report.

    Raises:
        InputError: there is no such stage or trait (the nearest name is offered), or a stage takes all traits
            together, or the file leaves a trait out of steering.
    """
    for stage in stages or ():
        if stage not in STAGES:
            raise InputError("--stage", f"there is no stage '{stage}'", f"name {one_of(stage, STAGES)}")
    found = tuple(stage for stage in STAGES if not stages or stage in stages)
    if not traits:
        return Chosen(found, None)
    names = list(experiment.config.trait_paths)
    for trait in traits:
        if trait not in names:
            what = f"{experiment.file} has no trait '{trait}'"
            raise InputError("--trait", what, f"name {one_of(trait, names)}")
    if not stages:
        found = tuple(stage for stage in found if stage not in TOGETHER)
    for stage in found:
        if stage in TOGETHER:
            what = f"'{stage}' takes all traits together"
            raise InputError("--trait", what, f"leave it out, or leave out --stage {stage}")
    if found == ("steer",):
        _refuse_unsteered(experiment, traits)
    return Chosen(found, frozenset(traits))


def refuse_waiting_for_others(run: Run, stages: Sequence[str]) -> None:
    """A direction that is made orthogonal to another trait's waits for that one.

    Raises:
        InputError: the other is neither chosen nor done.
    """
    if run.chosen is None or "extract" not in stages:
        return
    for trait in filter(run.works_on, run.traits):
        for other in orthogonal_to(run.experiment.config, trait):
            if other == LENGTH or run.works_on(other):
                continue
            state = extraction(run, run.traits[other]).state().name
            if state != "done":
                what = f"'{trait}' is made orthogonal to '{other}', whose extraction is {state}"
                raise InputError("--trait", what, f"name {other} too")


def _refuse_unsteered(experiment: Experiment, traits: Sequence[str]) -> None:
    for trait in traits:
        settings = experiment.config.steer
        if settings is not None and trait in settings.skip:
            what = f"{experiment.file} skips '{trait}' ({settings.skip[trait]})"
            raise InputError("--trait", what, "remove it from steer.skip, or name another one")
        if settings is not None and trait not in experiment.config.steered_traits:
            what = f"{experiment.file} leaves '{trait}' out of steer.traits"
            raise InputError("--trait", what, "add it there, or name another one")
