"""The plain projection's shift: the reference's measure, printed beside the three lines of evidence.

It is no evidence of *which* trait moved (any fine-tune shifts the projection on any direction): its interval
holds the noise of prompts alone.
"""

import numpy as np
from numpy.typing import ArrayLike

from traitscope.statistics import Interval, paired_interval


def projection_shift(before: ArrayLike, after: ArrayLike, seed: int = 0) -> Interval:
    """Mean change, after - before, of the raw projection with its 95 % interval over prompts.

    Args:
        before: (prompts,), per prompt the mean raw projection of its tokens.
        after: (prompts,), the same for the other variant.

    Raises:
        ValueError: unlike numbers of prompts, fewer than two, or values that are not finite.
    """
    one, other = np.asarray(before, np.float64), np.asarray(after, np.float64)
    if one.shape != other.shape:
        raise ValueError(f"projections of {one.shape} and {other.shape} prompts cannot be paired")
    return paired_interval(other - one, seed)
