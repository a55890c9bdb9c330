"""The inside line of a comparison: scores of every statistic at every window, and what they stand among."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from traitscope.comparison import (
    DECIDING,
    DRAWN,
    WINDOWS,
    Cells,
    Effects,
    Foreign,
    Layer,
    NullDirections,
    NullName,
    Scenes,
    Standing,
    Statistic,
    Structure,
    Window,
    blocks,
    cell_effects,
    drawn_null,
    effective_rank,
    every_score,
    foreign_null,
    foreign_weights,
    layer_scores,
    metrics,
    null_count,
    null_scores,
    score_interval,
    standing,
)
from traitscope.data import Trait
from traitscope.inference import Covariance
from traitscope.pipeline.compare.readings import Readings
from traitscope.pipeline.extract.bank import ReadBank
from traitscope.pipeline.extract.stage import Kept

Array = NDArray[np.float64]
LAST_PROMPT: Window = "last_prompt"


@dataclass(frozen=True)
class Contrasts:
    """What the traits and the null contrasts are made of, at the deciding layers.

    Attributes:
        traits: names.
        deciding: layers.
        kept: of each trait its scenes' residuals.
        directions: (layers, traits, width) unit mean differences.
        foreign: the bank and the weights of the null contrasts; None without a bank.
    """

    traits: tuple[str, ...]
    deciding: tuple[int, ...]
    kept: tuple[Kept, ...]
    directions: NDArray[np.float32]
    foreign: Foreign | None

    @property
    def draws(self) -> int:
        """Null directions a trait."""
        return null_count(len(self.traits))


@dataclass(frozen=True)
class Measure:
    """What all comparisons with one before variant share.

    Attributes:
        layers: what scores at each deciding layer rest on.
        nulls: null directions of every kind that there is; `foreign` needs a bank.
        at_trait: trait -> what its score at the one layer where it is read rests on.
    """

    layers: Sequence[Layer]
    nulls: Mapping[NullName, NullDirections]
    at_trait: Mapping[str, Layer]


@dataclass(frozen=True)
class InsideLine:
    """Everything that is known of the stream's shift along the traits.

    Attributes:
        layers: that decide.
        model, text: window -> statistic -> (layers, traits) scores of the model and the text effect.
        nulls: null -> how the deciding scores stand in it.
        nulls_last_prompt: the same of the deciding statistic at the last prompt token, among the same draws.
        null_scores: null -> (traits, K) scores of null directions at the deciding window.
        intervals: (traits, 2) of the deciding scores, over prompts and scenes.
        prompts: prompts that have a token at the deciding window.
        delta: (layers, width) mean model effect at the deciding window.
        lengths: (layers,) mean length of a token.
        overlaps: (traits, traits) cosines of the directions in the deciding metric, mean over layers.
        explained: share of the shift's squared length, in that metric, that the listed traits span.
        agreement: cosine of the shifts of two halves of the prompts, in that metric.
        effective_rank: of the null contrasts, at the middle layer; None without a bank.
    """

    layers: tuple[int, ...]
    model: Mapping[Window, Mapping[Statistic, Array]]
    text: Mapping[Window, Mapping[Statistic, Array]]
    nulls: Mapping[NullName, Standing]
    nulls_last_prompt: Mapping[NullName, Standing]
    null_scores: Mapping[NullName, Array]
    intervals: Array
    prompts: int
    delta: Array
    lengths: Array
    overlaps: Array
    explained: float
    agreement: float
    effective_rank: float | None

    @property
    def scores(self) -> Array:
        """(traits,) the deciding scores."""
        return self.scores_at(DECIDING.window)

    def scores_at(self, window: Window) -> Array:
        """(traits,) the deciding statistic at a window."""
        return np.asarray(self.model[window][DECIDING.statistic].mean(0))


def structure(kept: Kept) -> Structure:
    """How a trait's scenes are built: sizes of their clusters."""
    positive, negative = kept.groups[: len(kept.positive)], kept.groups[len(kept.positive) :]
    sizes = [tuple(torch.unique(pole, return_counts=True)[1].tolist()) for pole in (positive, negative)]
    return Structure(sizes[0], sizes[1])


def contrasts(
    traits: Mapping[str, Trait],
    kept: Sequence[Kept],
    deciding: Sequence[int],
    bank: ReadBank | None,
    seed: int,
) -> Contrasts:
    """Directions and null contrasts of the traits at the deciding layers."""
    chosen = list(deciding)
    directions = [_difference(one, chosen) for one in kept]
    foreign = None
    if bank is not None:
        foreign = Foreign(
            [bank.residual[:, layer].numpy() for layer in chosen],
            [
                foreign_weights(structure(one), bank.topic_of, null_count(len(kept)), seed + number)
                for number, one in enumerate(kept)
            ],
        )
    return Contrasts(tuple(traits), tuple(deciding), tuple(kept), torch.stack(directions, 1).numpy(), foreign)


def deciding_layers_of(covariance: Covariance, given: Contrasts) -> list[Layer]:
    """What scores at each deciding layer rest on, in one before variant's stream."""
    return [layer_of(covariance, layer, given.directions[i]) for i, layer in enumerate(given.deciding)]


def nulls_of(
    statistic: Statistic, layers: Sequence[Layer], given: Contrasts, seed: int
) -> dict[NullName, NullDirections]:
    """Null directions of every kind that there is, measured by a statistic."""
    seeds = [seed + number for number in range(len(given.traits))]
    nulls: dict[NullName, NullDirections] = {
        name: drawn_null(name, statistic, layers, given.draws, seeds) for name in DRAWN
    }
    if given.foreign is not None:
        nulls["foreign"] = foreign_null(statistic, layers, given.foreign)
    return nulls


def measure(covariance: Covariance, given: Contrasts, read_at: Mapping[str, int], seed: int) -> Measure:
    """What scores are made with, and held against, in one before variant's stream.

    Args:
        read_at: trait -> the layer where it is read.
    """
    layers = deciding_layers_of(covariance, given)
    nulls = nulls_of(DECIDING.statistic, layers, given, seed)
    at_trait = {
        name: layer_of(covariance, read_at[name], _difference(kept, [read_at[name]]).numpy())
        for name, kept in zip(given.traits, given.kept, strict=True)
    }
    return Measure(layers, nulls, at_trait)


def score_at_its_layer(found: Readings, trait: str, layer: int, by: Measure) -> float | None:
    """The deciding statistic at the deciding window, at a trait's own layer alone; None where no answer has a
    token there that counts."""
    try:
        shift = _mean(cell_effects(found.cells([layer]), DECIDING.window).model)
    except ValueError:
        return None
    return float(layer_scores(DECIDING.statistic, shift, [by.at_trait[trait]])[0, 0])


def inside_line(found: Readings, given: Contrasts, by: Measure, seed: int) -> InsideLine:
    """Scores, nulls and intervals of one comparison.

    Raises:
        ValueError: no answer has a token that decides.
    """
    layers = by.layers
    cells = found.cells(given.deciding)
    by_window = {window: cell_effects(cells, window) for window in WINDOWS if _has(cells, window)}
    model, text = {}, {}
    for window, one in by_window.items():
        model[window] = every_score(_mean(one.model), layers)
        if one.text is not None:
            text[window] = every_score(_mean(one.text), layers)
    deciding = by_window[DECIDING.window]
    delta = _mean(deciding.model)
    last = _mean(by_window[LAST_PROMPT].model)
    known = {name: null_scores(null, np.stack([delta, last])) for name, null in by.nulls.items()}
    scores, last_scores = (
        model[window][DECIDING.statistic].mean(0) for window in (DECIDING.window, LAST_PROMPT)
    )
    chosen = [layer.metrics[DECIDING.statistic] for layer in layers]
    shifts = blocks(deciding.model, seed)
    intervals = [
        score_interval(shifts, _scenes(one, given.deciding), chosen, seed + number)
        for number, one in enumerate(given.kept)
    ]
    middle = len(layers) // 2
    return InsideLine(
        given.deciding,
        model,
        text,
        {name: standing(scores, one[0]) for name, one in known.items()},
        {name: standing(last_scores, one[1]) for name, one in known.items()},
        {name: one[0] for name, one in known.items()},
        np.array(intervals),
        len(deciding.prompts),
        delta,
        np.array([layer.length for layer in layers]),
        _overlaps(layers),
        _explained(delta, layers),
        _agreement(deciding, layers),
        effective_rank(given.foreign.weights[0] @ given.foreign.bank[middle]) if given.foreign else None,
    )


def _difference(kept: Kept, layers: Sequence[int]) -> Tensor:
    """(layers, width) unit difference of the poles' means."""
    chosen = list(layers)
    difference: Tensor = kept.positive[:, chosen].mean(0) - kept.negative[:, chosen].mean(0)
    return difference.div(difference.norm(dim=-1, keepdim=True))


def layer_of(covariance: Covariance, layer: int, directions: NDArray[np.float32]) -> Layer:
    """What scores at one of the covariance's layers rest on."""
    return Layer(
        metrics(np.sqrt(covariance.variance[layer]), covariance.leading[layer], covariance.rest[layer]),
        float(covariance.length[layer]),
        directions,
        covariance.leading[layer],
        covariance.rest[layer],
    )


def _has(cells: Cells, window: Window) -> bool:
    return window != "prompt" or bool((cells.before_own.prompt_count > 0).any())


def _mean(shifts: NDArray[np.floating]) -> Array:
    return np.asarray(shifts.mean(0, dtype=np.float64))


def _scenes(kept: Kept, deciding: Sequence[int]) -> list[Scenes]:
    count = len(kept.positive), len(kept.negative)
    positive = np.arange(sum(count)) < count[0]
    _, clusters = np.unique(kept.groups.numpy(), return_inverse=True)
    return [
        Scenes(
            torch.cat([kept.positive[:, layer] / count[0], -kept.negative[:, layer] / count[1]]).numpy(),
            clusters.astype(np.int64),
            positive,
        )
        for layer in deciding
    ]


def _overlaps(layers: Sequence[Layer]) -> Array:
    total = np.zeros((len(layers[0].directions),) * 2)
    for layer in layers:
        gram = layer.metrics[DECIDING.statistic].times(layer.directions) @ layer.directions.T
        size = np.sqrt(np.diag(gram))
        total += gram / np.outer(size, size)
    return np.asarray(total / len(layers))


def _explained(delta: Array, layers: Sequence[Layer]) -> float:
    shares = []
    for number, layer in enumerate(layers):
        metric, own = layer.metrics[DECIDING.statistic], delta[number]
        moved = metric.times(own[None])[0]
        along = layer.directions @ moved
        gram = metric.times(layer.directions) @ layer.directions.T
        total = float(own @ moved)
        shares.append(
            float(along @ np.linalg.pinv(gram, hermitian=True) @ along) / total if total > 0 else 0.0
        )
    return float(np.mean(shares))


def _agreement(one: Effects, layers: Sequence[Layer]) -> float:
    """Cosine of the mean shifts of every second prompt and of the others; 0 of a single prompt."""
    halves = [_mean(one.model[start::2]) for start in (0, 1) if len(one.model[start::2])]
    if len(halves) < 2:
        return 0.0
    cosines = []
    for number, layer in enumerate(layers):
        metric = layer.metrics[DECIDING.statistic]
        moved = metric.times(np.stack([half[number] for half in halves]))
        (aa, ab), (_, bb) = moved @ np.stack([half[number] for half in halves]).T
        cosines.append(ab / np.sqrt(aa * bb) if aa > 0 and bb > 0 else 0.0)
    return float(np.mean(cosines))
