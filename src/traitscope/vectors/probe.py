"""Probe: the weights of a logistic regression, and the pattern that goes with them.

    read  = w / |w|,   w = u / spread,   u minimises  |u|^2 / 2 + C sum log(1 + exp(-y (u . z + b)))
    write = cov(X) w / |cov(X) w|

z are the residuals X standardised per dimension over the training scenes, y = 1 or -1 the pole. A filter
answers "how do I read the trait off a residual?", its pattern "what does the residual look like when the
trait is there?" (Haufe et al. 2014, "On the interpretation of weight vectors of linear models in
multivariate neuroimaging"): the first to detect with, the second to steer with.
"""

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from traitscope.vectors.contrast import Contrast, DegenerateContrast
from traitscope.vectors.direction import ReadWrite
from traitscope.vectors.row_space import Array, RowSpace, row_space, unit

C = 0.01
"""Weight of the data against the penalty on the standardised weights. Fewer scenes than dimensions can
always be separated, so that it is the penalty that chooses the direction; a hundred times scikit-learn's
default strength keeps all scenes in play rather than the few nearest the boundary."""


def probe(contrast: Contrast) -> ReadWrite:
    """Unit filter and unit pattern of the contrast, (width,) float32 each; the positive pole reads higher.

    Raises:
        DegenerateContrast: the regression finds nothing that tells the poles apart.
    """
    scenes = torch.cat([contrast.positive, contrast.negative]).double().numpy()
    space = row_space(scenes)
    read = probe_filter(space, np.repeat([True, False], [len(contrast.positive), len(contrast.negative)]))
    pattern = space.centred.T @ (space.centred @ read)
    return ReadWrite(unit(read), unit(pattern))


def probe_filter(space: RowSpace, positive: np.ndarray) -> Array:
    """Logistic-regression weights on the raw residual for these labels, (width,) float64, not normalised.

    Raises:
        DegenerateContrast: the scenes do not differ at all.
    """
    if not space.coordinates.shape[1]:
        raise DegenerateContrast("all scenes have the same residual")
    regression = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-8, max_iter=100)
    regression.fit(space.coordinates, positive)
    return space.raw_weights(regression.coef_[0])
