"""Stored residuals of an imported experiment onto every trait's vector, without a model or a tokenizer."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from traitscope.errors import InputError
from traitscope.experiment import Experiment, locked, making
from traitscope.inference import Line, Spoken, captured, project, summaries, token_shards
from traitscope.inference.projection import SCHEMA
from traitscope.pipeline.imported.reading import answers_of, lines, projections_of
from traitscope.pipeline.imported.record import Cell, Imported, listed, load_imported
from traitscope.pipeline.tables import stream_table

TABLE = "projections.parquet"


def project_imported(experiment: Experiment) -> int:
    """Make every table of projections that is not there or no longer true; how many were made.

    Raises:
        InputError: tokens of a layer were not captured; what was is projected before that is said.
        WorkError: a store is damaged.
    """
    made = make_projections(experiment)
    of = load_imported(experiment)
    refuse_missing(experiment, of, lines(experiment, of))
    return made


def make_projections(experiment: Experiment) -> int:
    """As `project_imported`, without a word on what was not captured."""
    of = load_imported(experiment)
    along, layout, made = lines(experiment, of), experiment.layout, 0
    with locked(layout.lock):
        for cell in of.cells:
            artefact = projections_of(experiment, of, cell)
            if not artefact.is_done():
                with making(artefact, layout.archive, layout.root):
                    stream_table(artefact.folder / TABLE, _tables(experiment, of, cell, along))
                made += 1
    return made


def refuse_missing(experiment: Experiment, of: Imported, along: Sequence[Line]) -> None:
    """Refuse what was not captured, by prompt and layer.

    Raises:
        InputError: a reading lacks a layer that a trait is read at.
    """
    for cell in of.cells:
        have = captured(cell.folder(experiment.layout))
        names = {int(row["place"]): str(row["id"]) for row in answers_of(experiment, cell)}
        lacking = {
            layer: [p for p in sorted(have) if layer not in have[p]] for layer in {x.layer for x in along}
        }
        missing = {layer: places for layer, places in sorted(lacking.items()) if places}
        if missing:
            prompts = sorted({place for places in missing.values() for place in places})
            raise InputError(
                f"{cell.reader} reading {cell.writer}'s answers to {cell.prompts}",
                f"tokens at layers {listed(list(missing), 20)} of {len(prompts)} of {len(have)} prompts were "
                f"not captured ({listed([names[place] for place in prompts])}); all others are projected",
                f"capture them with the program that captured {of.known['source']}, and import that again "
                "under another --name",
            )


def _tables(
    experiment: Experiment, of: Imported, cell: Cell, along: Sequence[Line]
) -> Iterator[pl.DataFrame]:
    yield pl.DataFrame(schema=SCHEMA)
    own = of.cell(cell.reader, cell.reader, cell.prompts) or cell
    norms = _lengths(experiment, own, [line.layer for line in along])
    spoken = {
        int(row["place"]): Spoken(str(row["id"]), ("",), tuple(row["tokens"]))
        for row in answers_of(experiment, cell)
    }
    for tokens in token_shards(cell.folder(experiment.layout)):
        held = [line for line in along if line.layer in tokens.layers and line.layer in norms]
        if held:
            yield project(tokens, spoken, held, norms)


def _lengths(experiment: Experiment, cell: Cell, layers: Sequence[int]) -> Mapping[int, float]:
    """Layer -> mean length of a token that was read there; layers that were not captured are left out."""
    lengths, counts = dict.fromkeys(layers, 0.0), dict.fromkeys(layers, 0.0)
    for part in summaries(cell.folder(experiment.layout)):
        for layer in lengths:
            lengths[layer] += float(part.lengths[:, layer].double().sum())
            counts[layer] += float(part.counts[:, :, layer].double().sum())
    return {layer: lengths[layer] / counts[layer] for layer in lengths if counts[layer]}
