"""`traitscope project`: every table of projections from stored residuals, without the weights.

What is missing is named by prompt and layer, with the command that captures it; all else is projected first.
"""

from traitscope.config import InferSettings
from traitscope.errors import InputError
from traitscope.experiment import Experiment, read_manifest
from traitscope.inference import captured
from traitscope.pipeline.infer.lines import lines
from traitscope.pipeline.infer.project import project_reading, projection_artefact
from traitscope.pipeline.infer.stage import (
    Reading,
    chosen_prompt_sets,
    load_answers,
    reading_artefact,
    readings,
    store,
)
from traitscope.pipeline.run import Run, running
from traitscope.progress import Progress, Silence

SHOWN = 8
"""Prompts that a sentence lists."""


def project_experiment(experiment: Experiment, progress: Progress | None = None) -> int:
    """Make every table of projections that is not there or no longer true; how many were made.

    Raises:
        InputError: nothing is inferred, or not all that is projected was captured, or it is no longer true.
        WorkError: a store is damaged, or another process holds the experiment.
    """
    settings = experiment.config.infer
    if settings is None:
        what = "has no 'infer', so that nothing was captured"
        raise InputError(str(experiment.file), what, "add infer with variants and prompts")
    with running(experiment, progress or Silence()) as run:
        made, refused = 0, list[InputError]()
        for reading in readings(run, chosen_prompt_sets(run)):
            lack = _lacking(run, reading, settings)
            if lack is not None:
                refused.append(lack)
            elif not projection_artefact(run, reading, settings).is_done():
                project_reading(run, reading, settings)
                made += 1
    if refused:
        first, more = refused[0], len(refused) - 1
        also = f"; {more} more readings lack something too" if more else ""
        raise InputError(first.where, f"{first.what}{also}", first.mend)
    return made


def _lacking(run: Run, reading: Reading, settings: InferSettings) -> InputError | None:
    """Why a reading cannot be projected; None if it can."""
    artefact = reading_artefact(run, reading, settings)
    found, state = read_manifest(artefact.path), artefact.state()
    where = f"{reading.reader} reading {reading.writer}'s answers to {reading.prompts.name}"
    mend = f"capture them with: traitscope infer {run.experiment.config.name}"
    if state.name == "done":
        return None
    if found is None or state.name == "stale" or found["state"] != "done":
        what = "was not captured" if found is None else f"is {state.name} ({state.reason or 'interrupted'})"
        return InputError(where, what, mend.replace("them", "it"))
    # Whole once: what the file asks for beyond what traits are read at need not be there.
    have = captured(store(run, reading))
    wanted = {line.layer for line in lines(run)}
    rows = load_answers(run, reading.writer, reading.prompts, settings)
    names = {int(row["place"]): str(row["id"]) for row in rows if row["ids"]}
    short = {place: sorted(wanted - have.get(place, frozenset())) for place in names}
    missing = {place: layers for place, layers in short.items() if layers}
    if not missing or settings.store == "mean":
        return None
    layers = ", ".join(map(str, sorted({layer for each in missing.values() for layer in each})))
    prompts = ", ".join(names[place] for place in list(missing)[:SHOWN])
    rest = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
    what = f"tokens at layers {layers} of {len(missing)} prompts ({prompts}{rest}) were not captured"
    return InputError(where, what, mend)
