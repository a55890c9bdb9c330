"""Corrections for asking several questions at once."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p-values, in the order given (Holm 1979).

    With the p-values sorted upwards, adjusted_(i) = max over j <= i of min(1, (m - j + 1) p_(j)): rejecting
    those at or below alpha keeps the chance of any false rejection at alpha, whatever the dependence.

    Raises:
        ValueError: a value outside 0..1.
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise ValueError("p-values lie between 0 and 1")
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted
