"""Mean difference: from the mean of one pole to the mean of the other.

    v = mean(positive) - mean(negative),  returned as v / |v|

Marks and Tegmark 2023 (arXiv 2310.06824) call it mass-mean.
"""

import torch
from torch import Tensor

from traitscope.vectors.contrast import Contrast, DegenerateContrast

_ROUNDING = 4 * torch.finfo(torch.float32).eps


def mean_difference(contrast: Contrast) -> Tensor:
    """Unit direction from the negative to the positive mean, (width,) float32.

    Means are taken in float64: a few huge dimensions would otherwise cost the small ones their digits.

    Raises:
        DegenerateContrast: the two means agree to within rounding.
    """
    positive, negative = contrast.positive.double().mean(0), contrast.negative.double().mean(0)
    difference = positive - negative
    length = difference.norm()
    if length <= _ROUNDING * torch.maximum(positive.norm(), negative.norm()):
        raise DegenerateContrast("the means of the two poles are the same")
    direction: Tensor = (difference / length).float()
    return direction
