"""First principal component of the differences within pairs; its sign comes from the labels.

    v maximises  sum_i ((positive_i - negative_i) . v)^2  at |v| = 1

Zou et al. 2023 (Representation Engineering, arXiv 2310.01405). The differences are not centred: their mean is
what the poles differ by. Where scenes are no pairs it is the first component of all scenes about their mean.
"""

import numpy as np
import torch
from torch import Tensor

from traitscope.vectors.contrast import Contrast, DegenerateContrast
from traitscope.vectors.row_space import Array, unit


def pca(contrast: Contrast) -> Tensor:
    """Unit direction, (width,) float32.

    Raises:
        DegenerateContrast: no two scenes differ, or the poles lie alike along the component.
    """
    positive, negative = contrast.positive.double().numpy(), contrast.negative.double().numpy()
    if contrast.paired:
        rows = positive - negative
    else:
        scenes = torch.cat([contrast.positive, contrast.negative]).double().numpy()
        rows = scenes - scenes.mean(0)
    component = first_component(rows)
    gap = float((positive.mean(0) - negative.mean(0)) @ component)
    if gap == 0:
        raise DegenerateContrast("the two poles lie alike along the first component")
    return unit(np.copysign(1.0, gap) * component)


def first_component(rows: Array) -> Array:
    """Unit direction of largest squared length of the rows, (rows, width) float64 in, (width,) out.

    Raises:
        DegenerateContrast: all rows are 0.
    """
    values, vectors = np.linalg.eigh(rows @ rows.T)
    if not values[-1] > 0:
        raise DegenerateContrast("no two scenes differ")
    component: Array = vectors[:, -1] @ rows
    return component / np.linalg.norm(component)
