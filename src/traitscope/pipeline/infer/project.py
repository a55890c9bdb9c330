"""Part of stage 3: stored residuals onto every trait's direction, without a model."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from traitscope.config import InferSettings
from traitscope.experiment import Artefact, digest
from traitscope.inference import (
    DYNAMICS_SCHEMA,
    Spoken,
    dynamics,
    load_covariance,
    project,
    spreads_along,
    summaries,
    token_shards,
)
from traitscope.inference.projection import SCHEMA, project_means
from traitscope.pipeline.extract.stage import directions_print
from traitscope.pipeline.infer.lines import lines, read_places
from traitscope.pipeline.infer.stage import (
    Reading,
    chosen_prompt_sets,
    load_answers,
    reading_artefact,
    readings,
    store,
)
from traitscope.pipeline.run import Run
from traitscope.pipeline.tables import stream_tables

VERSION = "3"
TABLE = "projections.parquet"
DYNAMICS = "dynamics.parquet"
"""How each answer goes along each trait while it is spoken; without tokens, no rows."""


def projection_artefact(run: Run, reading: Reading, settings: InferSettings) -> Artefact:
    """A reading's projections, and what they depend on."""
    return Artefact(
        store(run, reading),
        "infer",
        {
            "reading": reading_artefact(run, reading, settings).fingerprint,
            "directions": directions_print(run),
            "layers": digest(read_places(run)),
            "version": VERSION,
        },
        "projections.manifest.json",
        (TABLE, DYNAMICS),
    )


def project_all(run: Run) -> None:
    """Make every table of projections that is not there or no longer true; no model is loaded.

    Raises:
        WorkError: a shard of a store is damaged.
    """
    settings = run.experiment.config.infer
    if settings is None:
        return
    for reading in readings(run, chosen_prompt_sets(run)):
        if not projection_artefact(run, reading, settings).is_done():
            project_reading(run, reading, settings)


def project_reading(run: Run, reading: Reading, settings: InferSettings) -> None:
    """Make a reading's table of projections."""
    artefact = projection_artefact(run, reading, settings)
    with run.making(artefact):
        paths = [artefact.folder / TABLE, artefact.folder / DYNAMICS]
        stream_tables(paths, _tables(run, reading, settings))


def _tables(
    run: Run, reading: Reading, settings: InferSettings
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """The projections and the dynamics of a reading, shard by shard."""
    folder, along = store(run, reading), lines(run)
    norms = mean_lengths(store(run, reading.of_reader), [line.layer for line in along])
    spoken = spoken_tokens(run, reading, settings)
    nothing = pl.DataFrame(schema=DYNAMICS_SCHEMA)
    yield pl.DataFrame(schema=SCHEMA), nothing
    if settings.store == "mean":
        ids = {place: one.id for place, one in spoken.items()}
        for part in summaries(folder):
            yield project_means(part, ids, along, norms), nothing
        return
    component = run.experiment.config.extract.component
    spreads = spreads_along(load_covariance(store(run, reading.of_reader)), along)
    for tokens in token_shards(folder):
        found = project(tokens, spoken, along, norms, component)
        yield found, dynamics(found, spreads)


def mean_lengths(own: Path, layers: Sequence[int]) -> dict[int, float]:
    """Layer -> mean length of a reader's own response tokens there, sinks left out."""
    lengths, counts = dict.fromkeys(layers, 0.0), dict.fromkeys(layers, 0.0)
    for part in summaries(own):
        for layer in lengths:
            lengths[layer] += float(part.lengths[:, layer].double().sum())
            counts[layer] += float(part.counts[:, :, layer].double().sum())
    return {layer: lengths[layer] / counts[layer] for layer in lengths}


def spoken_tokens(run: Run, reading: Reading, settings: InferSettings) -> Mapping[int, Spoken]:
    """Place -> the prompt's and the answer's tokens as text."""
    renderer = run.variants.renderer(reading.writer)
    prompts = reading.prompts.rendered(run.variants.renderer(reading.reader))
    whole = settings.sides != "response"
    return {
        int(row["place"]): Spoken(
            row["id"],
            tuple(renderer.decode((token,)) for token in prompts[int(row["place"])]) if whole else ("",),
            tuple(renderer.decode((token,)) for token in row["ids"]),
        )
        for row in load_answers(run, reading.writer, reading.prompts, settings)
    }
