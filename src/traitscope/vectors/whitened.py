"""Whitened mean difference: halfway from mean difference to the linear discriminant.

    v = C^-1/2 d / |C^-1/2 d|,   d = mean(positive) - mean(negative),   C the shrunk covariance within poles

Dimensions in which scenes differ a great deal for reasons of their own count for less, and are not turned
against as the discriminant turns against them.
"""

from torch import Tensor

from traitscope.vectors.contrast import Contrast
from traitscope.vectors.mean_difference import mean_difference
from traitscope.vectors.row_space import unit
from traitscope.vectors.shrunk_covariance import shrunk_covariance


def whitened(contrast: Contrast) -> Tensor:
    """Unit direction, (width,) float32.

    Raises:
        DegenerateContrast: the means agree to within rounding, or the scenes of a pole are all the same.
    """
    difference = mean_difference(contrast).double().numpy()
    return unit(shrunk_covariance(contrast).power(-0.5, difference))
