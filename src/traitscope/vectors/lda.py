"""Linear discriminant: mean difference seen through the inverse of the scenes' covariance.

    read  = C^-1 d / |C^-1 d|,   d = mean(positive) - mean(negative),   C the shrunk covariance within poles
    write = C read / |C read| = d / |d|

Fisher 1936. Its pattern, covariance times filter (Haufe et al. 2014), is mean difference itself: the two
detect differently and steer alike.
"""

from traitscope.vectors.contrast import Contrast
from traitscope.vectors.direction import ReadWrite
from traitscope.vectors.mean_difference import mean_difference
from traitscope.vectors.row_space import unit
from traitscope.vectors.shrunk_covariance import shrunk_covariance


def lda(contrast: Contrast) -> ReadWrite:
    """Unit filter and unit pattern of the contrast, (width,) float32 each; the positive pole reads higher.

    Raises:
        DegenerateContrast: the means agree to within rounding, or the scenes of a pole are all the same.
    """
    write = mean_difference(contrast)
    return ReadWrite(unit(shrunk_covariance(contrast).power(-1, write.double().numpy())), write)
