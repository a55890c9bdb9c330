"""Part of stage 3: stored residuals onto every trait's direction, without a model."""

from typing import Any, NamedTuple

from traitscope.comparison import deciding_layers
from traitscope.config import InferSettings
from traitscope.experiment import Artefact, digest
from traitscope.experiment.files import write_bytes
from traitscope.inference import Line, Spoken, StoredReading, mean_norms, project
from traitscope.pipeline.extract.stage import extracted_traits, extraction, load_directions
from traitscope.pipeline.infer.stage import (
    Reading,
    chosen_prompt_sets,
    load_answers,
    load_reading,
    reading_artefact,
    readings,
)
from traitscope.pipeline.run import Run
from traitscope.pipeline.steer.stage import load_best, steered_traits, steering
from traitscope.pipeline.tables import parquet_bytes
from traitscope.steering import Result, Source, competing_sources

VERSION = "1"
TABLE = "projections.parquet"
STEERED = "steered best"
MIDDLE = "middle of the deciding range"
PROVED: tuple[Result, ...] = ("shown", "weak")


def lines(run: Run) -> list[Line]:
    """The direction each trait is read along: at its steered best layer, else mid deciding range."""
    found = []
    for name, place in read_places(run).items():
        directions = load_directions(run, run.traits[name], *place.source)
        deciding = deciding_layers(len(directions.read))
        layer = deciding[len(deciding) // 2] if place.layer is None else place.layer
        reason = MIDDLE if place.layer is None else STEERED
        found.append(Line(name, place.source.method, layer, reason, directions.read[layer]))
    return found


class Place(NamedTuple):
    """Where a trait is read."""

    source: Source
    layer: int | None
    """None where it was not steered, or nothing won."""


def read_places(run: Run) -> dict[str, Place]:
    """Trait -> the direction and the layer that steered it best; else the first direction."""
    best = {name: found["best"] for name, found in _steered(run).items()}
    first = competing_sources(run.experiment.config)[0]
    return {
        name: Place(Source(won["method"], won["position"]), int(won["layer"])) if won else Place(first, None)
        for name in extracted_traits(run)
        for won in [best.get(name)]
    }


def proved(run: Run) -> dict[str, bool]:
    """Trait -> whether steering has shown that its direction causes it."""
    steered = _steered(run)
    return {name: name in steered and steered[name]["result"] in PROVED for name in extracted_traits(run)}


def projection_artefact(run: Run, reading: Reading, settings: InferSettings) -> Artefact:
    """A reading's projections, and what they depend on."""
    return Artefact(
        run.experiment.layout.reading(reading.reader, reading.prompts.name, reading.writer),
        "infer",
        {
            "reading": reading_artefact(run, reading, settings).fingerprint,
            "directions": digest(
                [extraction(run, trait).fingerprint for trait in extracted_traits(run).values()]
            ),
            "layers": digest(read_places(run)),
            "version": VERSION,
        },
        "projections.manifest.json",
        (TABLE,),
    )


def project_all(run: Run) -> None:
    """Make every table of projections that is not there or no longer true; no model is loaded."""
    settings = run.experiment.config.infer
    if settings is None:
        return
    for reading in readings(run, chosen_prompt_sets(run)):
        artefact = projection_artefact(run, reading, settings)
        if artefact.is_done():
            continue
        with run.making(artefact):
            stored = load_reading(run, reading)
            own = stored if reading.reader == reading.writer else load_reading(run, _own(reading))
            norms = mean_norms(own, lines(run))
            table = project(stored, _spoken(run, reading, settings, stored), lines(run), norms)
            write_bytes(artefact.folder / TABLE, parquet_bytes(table))


def _own(reading: Reading) -> Reading:
    return Reading(reading.prompts, reading.reader, reading.reader)


def _spoken(
    run: Run, reading: Reading, settings: InferSettings, stored: dict[int, StoredReading]
) -> dict[int, Spoken]:
    renderer = run.variants.renderer(reading.writer)
    answers = load_answers(run, reading.writer, reading.prompts, settings)
    return {
        place: Spoken(
            answers[place]["id"], tuple(renderer.decode((token,)) for token in answers[place]["ids"])
        )
        for place in stored
    }


def _steered(run: Run) -> dict[str, dict[str, Any]]:
    """What steering found, of the traits whose steering is done."""
    settings = run.experiment.config.steer
    if settings is None:
        return {}
    return {
        name: load_best(run, trait, settings)
        for name, trait in steered_traits(run).items()
        if steering(run, trait, settings).are_done()
    }
