"""The readings of an imported pair that there are, and what they give: effects on same words, inside scores.

Where only one variant's answers were read by both, these stand for the words of both: the model effect is
then on those alone, and there is no difference of words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from traitscope.comparison import (
    DECIDING,
    Cells,
    Effects,
    Read,
    Standing,
    cell_effects,
    deciding_layers,
    drawn_null,
    every_score,
    null_count,
    null_scores,
    relative_shift,
    standing,
)
from traitscope.config.groups import shared_groups
from traitscope.errors import InputError
from traitscope.experiment import Experiment
from traitscope.inference import Summary, load_covariance, load_summary
from traitscope.pipeline.compare.inside_line import layer_of
from traitscope.pipeline.imported.reading import (
    vectors,
)
from traitscope.pipeline.imported.record import Cell, Imported, listed

FEWEST = 2
"""Prompts that an interval is made of."""
Array = NDArray[np.float64]


class Pair(NamedTuple):
    """Two variants on a prompt set."""

    before: str
    after: str
    prompts: str


@dataclass(frozen=True)
class Held:
    """The readings of a pair that there are, at the layers looked at, on the prompts that they share.

    Attributes:
        layers: of the sums.
        cells: (reader, writer) -> sums.
        prompts: that all of them hold.
    """

    layers: tuple[int, ...]
    cells: Mapping[tuple[str, str], Summary]
    prompts: int


def lacking(of: Imported, pair: Pair) -> list[str]:
    """What of the four readings is not there, as clauses."""
    names = (pair.before, pair.after)
    return [
        f"{reader}'s reading of {'its own' if reader == writer else f'{writer}' + chr(39) + 's'} answers"
        for writer in names
        for reader in names
        if of.cell(reader, writer, pair.prompts) is None
    ]


def cells_of(of: Imported, pair: Pair) -> list[Cell]:
    names = (pair.before, pair.after)
    found = [of.cell(reader, writer, pair.prompts) for writer in names for reader in names]
    return [one for one in found if one is not None]


def load_held(experiment: Experiment, of: Imported, pair: Pair, layers: Sequence[int]) -> Held:
    cells = cells_of(of, pair)
    held = tuple(layer for layer in layers if all(layer in cell.layers for cell in cells))
    found = {(one.reader, one.writer): load_summary(one.folder(experiment.layout), held) for one in cells}
    shared = sorted(set.intersection(*(set(one.places.tolist()) for one in found.values())))
    if len(shared) < FEWEST:
        raise InputError(
            f"{experiment.layout.root}, {pair.before} and {pair.after} on {pair.prompts}",
            f"their readings share {len(shared)} prompts, and an interval is made of {FEWEST} at the least",
            "import captures of the same prompts",
        )
    return Held(held, {key: one.rows(shared) for key, one in found.items()}, len(shared))


def effects_of(
    held: Held, pair: Pair, layers: Sequence[int], window: Any
) -> tuple[Effects | None, str | None]:
    """The model effect, with the text effect and interaction where all four readings are there; and on whose
    words alone it is, where only one's were read by both."""
    before, after = pair.before, pair.after
    chosen = torch.tensor([held.layers.index(layer) for layer in layers], dtype=torch.long)
    own = {writer: {(before, writer), (after, writer)} <= held.cells.keys() for writer in (before, after)}
    if not any(own.values()) or not len(chosen):
        return None, None
    words = {writer: writer if own[writer] else next(one for one in own if own[one]) for writer in own}
    sums = {
        (reader, writer): _read(held.cells[reader, words[writer]], chosen)
        for reader in (before, after)
        for writer in (before, after)
    }
    lengths = [
        held.cells[
            writer if (writer, words[writer]) in held.cells else before, words[writer]
        ].responses.tolist()
        for writer in (before, after)
    ]
    shared = [shared_groups(int(one), int(other)) for one, other in zip(*lengths, strict=True)]
    cells = Cells(
        sums[before, before],
        sums[after, after],
        sums[after, before],
        sums[before, after],
        np.array(shared, np.int64),
    )
    alone = None if all(own.values()) else next(one for one in own if own[one])
    try:
        found = cell_effects(cells, window)
    except ValueError:
        return None, alone
    # With one writer's words standing for both, there is no difference of words.
    return (found if alone is None else Effects(found.prompts, found.model, None, None)), alone


def _read(summary: Summary, layers: torch.Tensor) -> Read:
    return Read(
        summary.sums[:, :, layers].numpy(),
        summary.counts[:, :, layers].numpy(),
        summary.prompt_sum[:, layers].numpy(),
        summary.prompt_count[:, layers].numpy(),
        summary.last_prompt[:, layers].numpy(),
    )


@dataclass(frozen=True)
class Inside:
    """Deciding scores of the traits that have any, and why the others have none."""

    traits: tuple[str, ...]
    scores: Array
    standing: Standing | None
    last: Array | None
    dose: float | None
    reasons: Mapping[str, str]


def inside_of(experiment: Experiment, of: Imported, pair: Pair, held: Held) -> Inside:
    deciding = deciding_layers(of.depth)
    absent = [layer for layer in deciding if layer not in held.layers]
    names = list(of.known["traits"])
    tables = {name: _mean_difference(experiment, of, name) for name in names}
    reasons = {
        name: f"the trait has no mean-difference vector at layers {listed(lost)}, which decide"
        for name, table in tables.items()
        if (lost := [layer for layer in deciding if table is None or not table[layer].any()])
    }
    able = tuple(name for name in names if name not in reasons)
    why = None
    if (pair.before, pair.before) not in held.cells:
        why = f"the spread is that of {pair.before}'s own answers, and its reading of these is missing"
    elif absent:
        why = f"layers {listed(absent)} decide, and were not captured of all readings"
    effects, _ = effects_of(held, pair, deciding, DECIDING.window) if not why else (None, None)
    if why is None and effects is None:
        why = no_same_words(of, pair)
    if why is not None or effects is None or not able:
        return Inside((), np.zeros(0), None, None, None, dict.fromkeys(names, why) if why else reasons)
    cell = of.cell(pair.before, pair.before, pair.prompts)
    assert cell is not None
    covariance = load_covariance(cell.folder(experiment.layout), deciding)
    layers = [
        layer_of(covariance, number, torch.stack([tables[name][layer] for name in able]).numpy())  # type: ignore[index]
        for number, layer in enumerate(deciding)
    ]
    delta = np.asarray(effects.model.mean(0, dtype=np.float64))
    scores = every_score(delta, layers)[DECIDING.statistic].mean(0)
    seeds = [experiment.config.seed + number for number in range(len(able))]
    directions = drawn_null("covariance", DECIDING.statistic, layers, null_count(len(able)), seeds)
    null = null_scores(directions, delta[None])[0]
    before, _ = effects_of(held, pair, deciding, "last_prompt")
    last = None
    if before is not None:
        shift = np.asarray(before.model.mean(0, dtype=np.float64))
        last = every_score(shift, layers)[DECIDING.statistic].mean(0)
    lengths = np.array([layer.length for layer in layers])
    return Inside(able, scores, standing(scores, null), last, relative_shift(delta, lengths), reasons)


def no_same_words(of: Imported, pair: Pair) -> str:
    if any(
        of.cell(pair.before, writer, pair.prompts) and of.cell(pair.after, writer, pair.prompts)
        for writer in (pair.before, pair.after)
    ):
        return "no answer is long enough: what comes after the first 8 tokens decides"
    return f"needs one variant's answers read by both, and there is not {' nor '.join(lacking(of, pair))}"


def _mean_difference(experiment: Experiment, of: Imported, trait: str) -> torch.Tensor | None:
    known = of.known["traits"][trait]
    for position in known["positions"]:
        if "mean_diff" in known["methods"][position]:
            return vectors(experiment, of, trait, position, "mean_diff")
    return None
