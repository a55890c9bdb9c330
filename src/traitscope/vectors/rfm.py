"""Recursive feature machine: a kernel regression on the poles that learns which directions matter to it.

    f(x) = sum_i a_i K(x, x_i),   K(x, z) = exp(-|x - z|_M / L),   |u|_M^2 = u' M u,   a = (K + ridge I)^-1 y
    M <- sum_j df(x_j) df(x_j)' / n,   from M = I,   L the median distance

y is 1 at positive scenes and -1 at negative ones, less their mean. After some rounds M is the average
gradient outer product, and the direction its first eigenvector, signed by the labels. Radhakrishnan et al.
2024 ("Mechanism for feature learning in neural networks and backpropagation-free machine learning models",
Science 383); for steering Beaglehole et al. 2025 (arXiv 2502.03708).
"""

import numpy as np
import torch
from torch import Tensor

from traitscope.vectors.contrast import Contrast, DegenerateContrast
from traitscope.vectors.pca import first_component
from traitscope.vectors.row_space import Array, unit

ROUNDS = 5
RIDGE = 1e-3
"""Added to the kernel's diagonal, whose entries are 1: some scenes may be mislabelled by their model."""


def rfm(contrast: Contrast) -> Tensor:
    """Unit direction, (width,) float32.

    Raises:
        DegenerateContrast: no two scenes differ, or the machine learns nothing that tells the poles apart.
    """
    scenes = torch.cat([contrast.positive, contrast.negative]).double().numpy()
    labels = np.repeat([1.0, -1.0], [len(contrast.positive), len(contrast.negative)])
    direction = first_component(features(scenes - scenes.mean(0), labels - labels.mean()))
    gap = float((scenes[labels > 0].mean(0) - scenes[labels < 0].mean(0)) @ direction)
    if gap == 0:
        raise DegenerateContrast("the machine learns nothing that tells the two poles apart")
    return unit(np.copysign(1.0, gap) * direction)


def features(scenes: Array, targets: Array) -> Array:
    """Rows G, (scenes, width), with M = G' G after the last round.

    M itself is (width, width); gradients lie in the span of the scenes, so that their factor is enough.

    Raises:
        DegenerateContrast: no two scenes differ.
    """
    found: Array = scenes
    places = scenes @ scenes.T  # products with M = I, for the first round
    factor: Array | None = None
    for _ in range(ROUNDS):
        if factor is not None:
            read = scenes @ factor.T
            places = read @ read.T
        weights = _weights(places, targets)
        # sum_i w_ji M (x_i - x_j), the gradient of f at scene j
        pulled = weights @ scenes - weights.sum(1, keepdims=True) * scenes
        found = pulled if factor is None else (pulled @ factor.T) @ factor
        found = found / np.sqrt(len(scenes))
        size = np.linalg.norm(found)
        if not size > 0:
            raise DegenerateContrast("no two scenes differ")
        factor = found / size
    return found


def _weights(products: Array, targets: Array) -> Array:
    """a_i K(x_j, x_i) / (L |x_j - x_i|) for every two scenes j and i; 0 where they are one."""
    squares = np.diag(products)
    distances = np.sqrt(np.maximum(squares[:, None] + squares - 2 * products, 0.0))
    apart = distances[np.triu_indices(len(distances), 1)]
    bandwidth = float(np.median(apart))
    if not bandwidth > 0:
        raise DegenerateContrast("most scenes have the same residual")
    kernel = np.exp(-distances / bandwidth)
    coefficients = np.linalg.solve(kernel + RIDGE * np.eye(len(kernel)), targets)
    slopes = np.divide(kernel, bandwidth * distances, out=np.zeros_like(kernel), where=distances > 0)
    weights: Array = slopes * coefficients
    return weights
