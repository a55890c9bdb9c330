"""Gradient: a unit direction moved uphill until the gap between the poles' means grows no more.

    maximise  g(v) = (mean(positive) - mean(negative)) . v  at |v| = 1
    v <- v + eta dg / |dg|,   v <- v / |v|

The objective is linear, so that its one optimum is mean difference, and a test says so. It is here because
runs of others were made with it, and to show that they may be compared.
"""

import torch
from torch import Tensor

from traitscope.statistics import isotropic_directions
from traitscope.vectors.contrast import Contrast
from traitscope.vectors.mean_difference import mean_difference

STEP = 0.5
"""Length of a step beside the unit direction: the angle to the optimum shrinks by a third each time."""
STEPS = 100


def gradient(contrast: Contrast) -> Tensor:
    """Unit direction, (width,) float32, from a start that is the same for every contrast of a width.

    Raises:
        DegenerateContrast: the two means agree to within rounding, so that there is no way up.
    """
    uphill = mean_difference(contrast).double()
    direction = torch.from_numpy(isotropic_directions(1, len(uphill), 0)[0]).double()
    for _ in range(STEPS):
        direction = direction + STEP * uphill
        direction = direction / direction.norm()
    return direction.float()
