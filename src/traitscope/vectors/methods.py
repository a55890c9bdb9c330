"""The methods by name."""

from typing import Literal, assert_never, get_args

from traitscope.vectors.contrast import Contrast
from traitscope.vectors.direction import ReadWrite
from traitscope.vectors.mean_difference import mean_difference
from traitscope.vectors.probe import probe

Method = Literal["mean_diff", "probe"]
METHODS: tuple[Method, ...] = get_args(Method)


def fit(method: Method, contrast: Contrast) -> ReadWrite:
    """Directions of the contrast by the method; mean difference reads and writes with the same one.

    Raises:
        DegenerateContrast: the poles cannot be told apart.
    """
    match method:
        case "mean_diff":
            direction = mean_difference(contrast)
            return ReadWrite(direction, direction)
        case "probe":
            return probe(contrast)
        case _:
            assert_never(method)
