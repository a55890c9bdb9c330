"""How well a method's direction tells apart scenes it has not seen.

Five folds by pair (by scene where unpaired), near-duplicates together. For each the direction is fitted on
the other four, and its zero is the midpoint of their two means: every scene is projected once, by a
direction that never saw it. With fewer scenes than dimensions anything separates, so that the same is done
with shuffled labels (swapped within pairs at random; permuted where unpaired) and with an isotropic random
direction, which may choose its sign on the training scenes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold
from torch import Tensor

from traitscope.statistics import accuracy_at_midpoint, auc, cohens_d, isotropic_directions
from traitscope.vectors.contrast import Contrast, DegenerateContrast
from traitscope.vectors.direction import ReadWrite
from traitscope.vectors.methods import Method, fit
from traitscope.vectors.probe import probe_filter
from traitscope.vectors.row_space import row_space, unit
from traitscope.vectors.treatment import LayerTreatment, Treated

NO_TREATMENT = LayerTreatment()
FOLDS = 5
"""Folds: each direction is fitted on four fifths of the scenes, near enough to the stored one's all."""

Array = NDArray[np.float64]
Labels = NDArray[np.bool_]
Learner = Callable[[Labels], Array]


class Detection(NamedTuple):
    """Held-out area under the curve, accuracy and Cohen's d; the same with shuffled labels and at random."""

    auc: float
    accuracy: float
    d: float
    auc_shuffled: float
    accuracy_shuffled: float
    d_shuffled: float
    auc_random: float
    accuracy_random: float
    d_random: float


@dataclass(frozen=True)
class Split:
    """Which scenes are held out together, and their labels; the positive scenes' rows come first."""

    folds: tuple[NDArray[np.intp], ...]
    """Rows held out in each fold; every row is in exactly one."""
    labels: Labels
    """(rows,): true for the positive pole."""
    shuffled: Labels
    """(rows,): the labels swapped within pairs at random, or permuted."""


def held_out(
    contrast: Contrast, method: Method, seed: int = 0, groups: NDArray[np.integer] | None = None
) -> Detection:
    """Held-out figures of the method on this contrast.

    Args:
        seed: draws folds, shuffled labels and the random direction.
        groups: ids, (pairs,) or where unpaired (all scenes,); what shares an id stays in one fold.

    Raises:
        DegenerateContrast: the poles, or what is left of them in a fold, cannot be told apart at all.
    """
    split = split_scenes(len(contrast.positive), len(contrast.negative), contrast.paired, seed, groups)
    return detect(contrast, method, split, seed)


def split_scenes(
    positive: int, negative: int, paired: bool, seed: int, groups: NDArray[np.integer] | None = None
) -> Split:
    """Seeded folds and shuffled labels for so many scenes of each pole.

    Raises:
        ValueError: the groups are not one a pair (a scene where unpaired).
        DegenerateContrast: near-duplicates leave fewer than two folds, or a training set without a pole.
    """
    units = positive if paired else positive + negative
    groups = np.arange(units) if groups is None else np.asarray(groups)
    if groups.shape != (units,):
        raise ValueError(f"{groups.shape} groups for {units} {'pairs' if paired else 'scenes'}")
    labels = np.repeat([True, False], [positive, negative])
    rows = np.concatenate([groups, groups]) if paired else groups
    count = min(FOLDS, len(np.unique(groups)), positive, negative)
    if count < 2:
        raise DegenerateContrast("all scenes are near-duplicates of each other, so that none can be held out")
    folding = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    parts = list(folding.split(rows, labels, rows))
    if any(labels[training].all() or not labels[training].any() for training, _ in parts):
        raise DegenerateContrast("near-duplicates leave a fold with scenes of one pole only")
    shuffled = shuffled_labels(positive, negative, paired, seed)
    return Split(tuple(test for _, test in parts), labels, shuffled)


def shuffled_labels(positive: int, negative: int, paired: bool, seed: int) -> Labels:
    """Labels of so many scenes of each pole swapped within pairs at random, or permuted; (scenes,)."""
    draws = np.random.default_rng([seed, 1])
    if paired:
        swapped = draws.random(positive) < 0.5
        return np.concatenate([~swapped, swapped])
    return draws.permutation(np.repeat([True, False], [positive, negative]))


def fit_treated(method: Method, contrast: Contrast, treatment: LayerTreatment) -> ReadWrite:
    """Directions of a contrast by the method, treated before and after.

    Raises:
        DegenerateContrast: the poles cannot be told apart, or too little of the direction is left.
    """
    treated = treatment.learn(torch.cat([contrast.positive, contrast.negative]))
    first = len(contrast.positive)
    used = Contrast(treated.scenes[:first], treated.scenes[first:], contrast.paired)
    return treated.finish(fit(method, used))


def detect(
    contrast: Contrast,
    method: Method,
    split: Split,
    seed: int,
    treatment: LayerTreatment = NO_TREATMENT,
) -> Detection:
    """Held-out figures for one split, which layers and methods may share.

    Held-out scenes are projected as they are, whatever was done to those that a direction was fitted on.

    Raises:
        DegenerateContrast: a fold's poles cannot be told apart at all.
    """
    scenes = torch.cat([contrast.positive, contrast.negative]).double().numpy()
    random = isotropic_directions(1, scenes.shape[1], seed)[0].astype(np.float64)
    real, shuffled, chance = (np.empty(len(scenes)) for _ in range(3))
    pairs = np.tile(np.arange(len(contrast.positive)), 2)
    for test in split.folds:
        training = np.ones(len(scenes), dtype=np.bool_)
        training[test] = False
        treated = treatment.learn(torch.from_numpy(scenes[training]).float(), torch.from_numpy(training))
        learn = _learner(method, treated, pairs[training] if contrast.paired else None)
        for scores, labels in ((real, split.labels), (shuffled, split.shuffled)):
            scores[test] = _scores(scenes, learn(labels[training]), training, labels)[test]
        chance[test] = _scores(scenes, random, training, split.labels)[test]
    arms = ((real, split.labels), (shuffled, split.shuffled), (chance, split.labels))
    return Detection(
        *(figure for scores, labels in arms for figure in _figures(scores[labels], scores[~labels]))
    )


def _learner(method: Method, treated: Treated, pairs: NDArray[np.intp] | None) -> Learner:
    """From labels of the training scenes to a direction; what does not depend on labels is done once.

    `pairs` says which pair each scene is of, None where they are none.
    """
    if method == "probe":
        space = row_space(treated.scenes.double().numpy())
        return lambda labels: _finished(treated, unit(probe_filter(space, labels)))
    rows = treated.scenes
    # Stable: scenes of one pair get the same place in both poles, whichever of them the labels call positive.
    order = np.arange(len(rows)) if pairs is None else np.argsort(pairs, kind="stable")

    def learn(labels: Labels) -> Array:
        positive, negative = order[labels[order]], order[~labels[order]]
        contrast = Contrast(rows[positive], rows[negative], paired=pairs is not None)
        return _finished(treated, fit(method, contrast).read)

    return learn


def _finished(treated: Treated, read: Tensor) -> Array:
    finished: Array = treated.finish(ReadWrite(read, read)).read.double().numpy()
    return finished


def _scores(scenes: Array, direction: Array, training: Labels, labels: Labels) -> Array:
    """Projections of all scenes on the unit direction; 0 lies midway between the training means."""
    projections = scenes @ (direction / np.linalg.norm(direction))
    high, low = projections[training & labels].mean(), projections[training & ~labels].mean()
    scores: Array = (projections - (high + low) / 2) * (1.0 if high >= low else -1.0)
    return scores


def _figures(positive: Array, negative: Array) -> tuple[float, float, float]:
    try:
        d = cohens_d(positive, negative)
    except ValueError as error:
        raise DegenerateContrast(f"held-out scenes: {error}") from error
    return auc(positive, negative), accuracy_at_midpoint(positive, negative, 0.0), d
