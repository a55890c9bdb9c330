"""The methods by name."""

from typing import Literal, assert_never, get_args

from traitscope.vectors.contrast import Contrast
from traitscope.vectors.direction import ReadWrite
from traitscope.vectors.gradient import gradient
from traitscope.vectors.lda import lda
from traitscope.vectors.mean_difference import mean_difference
from traitscope.vectors.pca import pca
from traitscope.vectors.probe import probe
from traitscope.vectors.random_direction import random_direction
from traitscope.vectors.rfm import rfm
from traitscope.vectors.whitened import whitened

Method = Literal["mean_diff", "probe", "lda", "whitened", "pca", "rfm", "gradient", "random"]
METHODS: tuple[Method, ...] = get_args(Method)


def fit(method: Method, contrast: Contrast) -> ReadWrite:
    """Directions of the contrast by the method; all but the filters read and write with the same one.

    Raises:
        DegenerateContrast: the poles cannot be told apart.
    """
    match method:
        case "probe":
            return probe(contrast)
        case "lda":
            return lda(contrast)
        case "mean_diff":
            direction = mean_difference(contrast)
        case "whitened":
            direction = whitened(contrast)
        case "pca":
            direction = pca(contrast)
        case "rfm":
            direction = rfm(contrast)
        case "gradient":
            direction = gradient(contrast)
        case "random":
            direction = random_direction(contrast)
        case _:
            assert_never(method)
    return ReadWrite(direction, direction)
