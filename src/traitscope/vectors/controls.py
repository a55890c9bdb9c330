"""Directions of the scenes that a trait's direction is fitted on, and not of the trait.

    random:    v = sum_i w_i (x_i - mean of its pole),  w standard normal,  returned as v / |v|
    shuffled:  the method's own direction, once each pair's labels are swapped or left by a coin

Random ones have the covariance of the residuals within the poles: they run along whatever the scenes vary in,
as a trait's direction does, and not along what sets the poles apart. An isotropic direction would be too easy
to beat: it hardly meets what a network uses.
"""

from dataclasses import replace

import torch
from torch import Tensor

from traitscope.statistics import covariance_directions
from traitscope.vectors.contrast import Contrast, DegenerateContrast
from traitscope.vectors.direction import ReadWrite
from traitscope.vectors.held_out import NO_TREATMENT, fit_treated, shuffled_labels
from traitscope.vectors.methods import Method
from traitscope.vectors.treatment import LayerTreatment


def random_controls(contrast: Contrast, count: int, seed: int) -> Tensor:
    """Unit directions drawn from the covariance of the scenes within their poles, (count, width) float32.

    Raises:
        DegenerateContrast: the scenes of each pole are all the same.
    """
    centred = [pole.double() - pole.double().mean(0) for pole in (contrast.positive, contrast.negative)]
    try:
        return torch.from_numpy(covariance_directions(count, torch.cat(centred).numpy(), seed))
    except ValueError as error:
        raise DegenerateContrast("the scenes of each pole are all the same") from error


def shuffled_control(
    contrast: Contrast, method: Method, seed: int, treatment: LayerTreatment = NO_TREATMENT
) -> ReadWrite:
    """The method's directions of the same scenes under shuffled labels.

    Raises:
        DegenerateContrast: the poles cannot be told apart under these labels.
    """
    first = len(contrast.positive)
    labels = torch.from_numpy(shuffled_labels(first, len(contrast.negative), contrast.paired, seed))
    places = torch.arange(len(labels))
    if contrast.paired:
        # Row i of either pole stays in pair i.
        positive = torch.where(labels[:first], places[:first], places[first:])
        negative = torch.where(labels[:first], places[first:], places[:first])
    else:
        positive, negative = places[labels], places[~labels]
    scenes = torch.cat([contrast.positive, contrast.negative])
    if treatment.lengths is not None:
        treatment = replace(treatment, lengths=treatment.lengths[torch.cat([positive, negative])])
    return fit_treated(method, Contrast(scenes[positive], scenes[negative], contrast.paired), treatment)
