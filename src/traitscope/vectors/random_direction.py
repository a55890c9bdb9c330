"""A random direction: what no method may do worse than.

v = s z / |z|,   z isotropic and the same for every contrast of a width,   s = 1 or -1 by the labels
"""

import torch
from torch import Tensor

from traitscope.statistics import isotropic_directions
from traitscope.vectors.contrast import Contrast, DegenerateContrast

SEED = 1
"""Of the draw; random arms are drawn by the experiment's seed, 0 if it names none."""


def random_direction(contrast: Contrast) -> Tensor:
    """Unit direction, (width,) float32; the positive pole reads higher.

    Raises:
        DegenerateContrast: the two poles lie alike along it.
    """
    drawn = torch.from_numpy(isotropic_directions(1, contrast.positive.shape[1], SEED)[0]).double()
    gap = float((contrast.positive.double().mean(0) - contrast.negative.double().mean(0)) @ drawn)
    if gap == 0:
        raise DegenerateContrast("the two poles lie alike along a random direction")
    return (drawn if gap > 0 else -drawn).float()
