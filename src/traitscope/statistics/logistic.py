"""Logistic regression in the span of its rows: few rows of many features are a small problem.

    minimise  |w|^2 / 2 + C sum_i log(1 + exp(-s_i w . x_i)),  s_i = 1 or -1

The minimum is a sum of the rows, w = sum_i a_i x_i with a_i = C (y_i - p_i), y_i = 1 or 0, so that their
products x_i . x_j are all that a is found from. Newton's steps, each solved by conjugate gradients as far as
it matters (Lin, Weng and Keerthi 2008), and halved where one would go uphill.
"""

import numpy as np
from numpy.typing import NDArray

NEAR = 1e-6
"""Share of the first gradient's length that may be left: five digits of the weights are then right."""
STEPS = 100
"""More than any fit takes: five to ten are usual."""
SOLVED = 0.01
"""Share of a step's residual that may be left: the next step mends it."""

Row = NDArray[np.float64]


def logistic_rows(products: NDArray[np.float64], labels: NDArray[np.bool_], penalty: float) -> Row:
    """a, (rows,): the logit of any row is the sum of its products with these rows, each times its a.

    Args:
        products: of the rows with each other, (rows, rows); 1 added to each is an intercept, held small like
            the weights.
        labels: (rows,).
        penalty: C, how much the rows count against |w|^2.
    """
    signs = np.where(labels, 1.0, -1.0)

    def loss(a: Row, logits: Row) -> float:
        return float(a @ logits / 2 + penalty * np.logaddexp(0, -signs * logits).sum())

    a, logits = np.zeros(len(labels)), np.zeros(len(labels))
    least, first = loss(a, logits), 0.0
    for _ in range(STEPS):
        p = (1 + np.tanh(logits / 2)) / 2
        missing = penalty * (labels - p) - a
        left = float(missing @ products @ missing)
        first = first or left
        if left <= NEAR**2 * first:
            break
        step, change = _solved(products, penalty * p * (1 - p), missing)
        while (found := loss(a + step, logits + change)) > least + 1e-12 * abs(least):
            step, change = step / 2, change / 2
        a, logits, least = a + step, logits + change, found
    return a


def _solved(products: NDArray[np.float64], curve: Row, missing: Row) -> tuple[Row, Row]:
    """The step with  step + curve * (products @ step) = missing, nearly, and products @ step.

    Lengths are those of the weights, a . products a, in which the left side is symmetric.
    """
    step, change = np.zeros(len(missing)), np.zeros(len(missing))
    residual, way, ahead = missing, missing, products @ missing
    size = start = float(residual @ ahead)
    for _ in range(len(missing)):
        turned = way + curve * ahead
        length = size / float(ahead @ turned)
        step, change = step + length * way, change + length * ahead
        residual = residual - length * turned
        seen = products @ residual
        size, before = float(residual @ seen), size
        if size <= SOLVED**2 * start:
            break
        way, ahead = residual + size / before * way, seen + size / before * ahead
    return step, change
