"""One trait, one method, every layer."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from traitscope.vectors.contrast import Contrast, DegenerateContrast
from traitscope.vectors.direction import Directions, top_share
from traitscope.vectors.held_out import Detection, detect, fit_treated, split_scenes
from traitscope.vectors.methods import Method
from traitscope.vectors.treatment import Treatment


class LayerDetection(NamedTuple):
    """Held-out figures of one layer and method."""

    layer: int
    method: Method
    detection: Detection


def fit_directions(
    trait: str,
    positive: Tensor,
    negative: Tensor,
    base_norm: Tensor,
    paired: bool,
    method: Method,
    treatment: Treatment | None = None,
) -> Directions:
    """Directions at every layer, fitted on all scenes.

    Args:
        positive: (n, layers, width) float32 residuals of the positive scenes, averaged over the position.
        negative: (m, layers, width) float32.
        base_norm: (layers,) float32 mean length of the scenes' residuals.
        treatment: what is done to massive dimensions, and what the directions are made orthogonal to.

    Raises:
        DegenerateContrast: at some layer the poles cannot be told apart, or too little of the direction is
            left (`NothingLeft`); the layer is named.
    """
    treatment = treatment or Treatment()
    read, write = [], []
    for layer, contrast in _layers(positive, negative, paired):
        try:
            direction = fit_treated(method, contrast, treatment.at(layer))
        except DegenerateContrast as error:
            raise type(error)(f"layer {layer}: {error}") from error
        read.append(direction.read)
        write.append(direction.write)
    reads = torch.stack(read)
    return Directions(trait, method, reads, torch.stack(write), base_norm.float(), top_share(reads))


def evaluate_directions(
    positive: Tensor,
    negative: Tensor,
    paired: bool,
    method: Method,
    seed: int = 0,
    groups: NDArray[np.integer] | None = None,
    treatment: Treatment | None = None,
) -> list[LayerDetection]:
    """Held-out figures of the method at every layer; folds, shuffled labels and random direction are shared.

    Args:
        positive: (n, layers, width) float32.
        negative: (m, layers, width) float32.
        seed: draws the folds, the shuffled labels and the random direction.
        groups: ids of near-duplicates, (pairs,) or where unpaired (n + m,).
        treatment: as for `fit_directions`; each fold learns it from its own training scenes.

    Raises:
        DegenerateContrast: at some layer the poles cannot be told apart; the layer is named.
    """
    treatment = treatment or Treatment()
    split = split_scenes(len(positive), len(negative), paired, seed, groups)
    found = []
    for layer, contrast in _layers(positive, negative, paired):
        try:
            found.append(
                LayerDetection(layer, method, detect(contrast, method, split, seed, treatment.at(layer)))
            )
        except DegenerateContrast as error:
            raise type(error)(f"layer {layer}: {error}") from error
    return found


def _layers(positive: Tensor, negative: Tensor, paired: bool) -> Iterator[tuple[int, Contrast]]:
    if positive.ndim != 3 or negative.ndim != 3 or positive.shape[1:] != negative.shape[1:]:
        shapes = f"{tuple(positive.shape)} and {tuple(negative.shape)}"
        raise ValueError(f"poles of shapes {shapes}, not (scenes, layers, width)")
    for layer in range(positive.shape[1]):
        yield layer, Contrast(positive[:, layer], negative[:, layer], paired)
