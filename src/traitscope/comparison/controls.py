"""What fine-tunes that plant nothing score: adapters of one's own making in place of an assumption.

    z = (score - mean_c) / (deviation_c sqrt(1 + 1 / n)),   n controls of other kinds than the case itself

The mean's own error enters by 1 / n. A control is left out with all of its kind when its own case is looked
at, so that no kind is held against itself; fewer than FEWEST_CONTROLS others are no measure.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FEWEST_CONTROLS = 4

Array = NDArray[np.float64]


class Against(NamedTuple):
    """Scores held against those of controls."""

    size: int
    """Controls of other kinds."""
    above: NDArray[np.int64]
    """(traits,) how many of them score as far from 0."""
    z: Array | None
    """(traits,) None with fewer than FEWEST_CONTROLS."""


def others(kinds: Sequence[str], own: str | None) -> list[int]:
    """Numbers of the controls that a case is held against: all but those of its own kind."""
    return [number for number, kind in enumerate(kinds) if kind != own]


def against_controls(scores: Array, controls: Array) -> Against:
    """Hold scores (traits,) against those of controls (controls, traits)."""
    count = len(controls)
    above = (np.abs(controls) >= np.abs(scores)).sum(0) if count else np.zeros(len(scores), np.int64)
    if count < FEWEST_CONTROLS:
        return Against(count, above, None)
    deviation = controls.std(0, ddof=1) * np.sqrt(1 + 1 / count)
    far = scores - controls.mean(0)
    z = np.divide(far, deviation, out=np.zeros_like(far), where=deviation > 0)
    return Against(count, above, z)
