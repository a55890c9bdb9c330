"""What is read back of an imported experiment: its vectors, its best layers and what its readings hold."""

from collections.abc import Sequence
from typing import Any

import torch

from traitscope.comparison import middle_layer
from traitscope.experiment import Artefact, Experiment, Journal, digest, file_digest
from traitscope.experiment.files import read_json
from traitscope.experiment.tensors import read_tensors
from traitscope.inference import Line, read_index
from traitscope.pipeline.extract.stage import DIRECTIONS, at_position
from traitscope.pipeline.imported.importing import BEST
from traitscope.pipeline.imported.record import Cell, Imported
from traitscope.pipeline.infer.lines import MIDDLE

STEERED = "steered best (imported)"
NEAREST = "nearest to the middle of the deciding range that has a vector"
VERSION = "1"


def lines(experiment: Experiment, of: Imported) -> list[Line]:
    """The vector each trait is read along: where it steered best, else mid deciding range."""
    return [_line(experiment, of, name) for name in of.known["traits"]]


def best_found(experiment: Experiment, of: Imported, trait: str) -> dict[str, Any] | None:
    """What steering found of a trait, if any results were imported."""
    variant = of.known["traits"][trait]["steered"]
    if variant is None:
        return None
    found: dict[str, Any] = read_json(experiment.layout.steer(trait, variant) / BEST)
    return found


def vectors(experiment: Experiment, of: Imported, trait: str, position: str, method: str) -> torch.Tensor:
    """(layers, width), zero where there is no vector."""
    folder = experiment.layout.extract(trait, of.known["traits"][trait]["variant"])
    return at_position(read_tensors(folder / DIRECTIONS), position)[f"{method}.read"]


def answers_of(experiment: Experiment, cell: Cell) -> list[dict[str, Any]]:
    """The answers that a reading is of."""
    folder = experiment.layout.answers(cell.writer, cell.prompts)
    return Journal(folder / "responses.jsonl").all_rows()


def stores_print(experiment: Experiment, cells: Sequence[Cell]) -> str:
    """Digest of what stores hold."""
    indexes = [read_index(cell.folder(experiment.layout)) for cell in cells]
    return digest([[one.sha256 for one in index.values()] for index in indexes])


def directions_print(experiment: Experiment, of: Imported) -> str:
    """Digest of the vectors and of where traits are read."""
    files = [
        file_digest(experiment.layout.extract(name, one["variant"]) / DIRECTIONS)
        for name, one in of.known["traits"].items()
    ]
    return digest([files, [best_found(experiment, of, name) for name in of.known["traits"]]])


def projections_of(experiment: Experiment, of: Imported, cell: Cell) -> Artefact:
    """A reading's projections, and what they depend on."""
    return Artefact(
        cell.folder(experiment.layout),
        "infer",
        {
            "reading": stores_print(experiment, [cell]),
            "directions": directions_print(experiment, of),
            "version": VERSION,
        },
        "projections.manifest.json",
        ("projections.parquet",),
    )


def _line(experiment: Experiment, of: Imported, trait: str) -> Line:
    known = of.known["traits"][trait]
    found = best_found(experiment, of, trait)
    if found is not None:
        won = found["best"]
        # The first versions had one position, and did not name it.
        position = str(won["position"] or known["positions"][0])
        if position in known["positions"] and won["method"] in known["methods"][position]:
            table = vectors(experiment, of, trait, position, won["method"])
            # Steering results count layers as vector files do.
            layer = won["layer"] - (known["vector_layers"] == "hidden-states")
            if 0 <= layer < len(table) and table[layer].any():
                return Line(trait, won["method"], layer, STEERED, table[layer])
    position = known["positions"][0]
    method = known["methods"][position][0]
    table = vectors(experiment, of, trait, position, method)
    middle = middle_layer(of.depth)
    held = [layer for layer in range(len(table)) if table[layer].any()]
    layer = min(held, key=lambda one: (abs(one - middle), one))
    return Line(trait, method, layer, MIDDLE if layer == middle else NEAREST, table[layer])
