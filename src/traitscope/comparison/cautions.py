"""What scores of listed traits cannot say by themselves: that something else moved, or an opening alone.

    something else   agreement >= 0.5,  explained < 0.25,  and no trait's family share <= 0.05
    opening only     a family share <= 0.05 at the last prompt token, and at the late tokens either a family
                     share > 0.05 or a score of the opposite sign

`agreement` is the cosine, in the deciding metric, of the mean shifts of two halves of the prompts: at c, a
share 2c / (1 + c) of the whole shift's squared length is no noise of the prompts (Spearman 1910, Brown 1910),
two thirds at 0.5. `explained` is the share of that squared length that the listed traits' directions span.
Neither names what moved: the first says that the list is too short, the second that the trait may be no more
than a way to begin an answer.
"""

import numpy as np
from numpy.typing import NDArray

from traitscope.comparison.null import Standing
from traitscope.comparison.verdict import LEVEL

AGREEMENT = 0.5
"""Cosine of two halves of the prompts from which on a shift counts as one that other prompts would show."""
EXPLAINED = 0.25
"""Share of the shift that the listed traits must leave: directions that mean nothing span a tenth or so."""


def something_else(agreement: float, explained: float, inside: Standing) -> bool:
    """Whether the stream has really shifted, and along no listed trait."""
    fits = explained >= EXPLAINED or bool((inside.family <= LEVEL).any())
    return agreement >= AGREEMENT and not fits


def opening_only(last_prompt: Standing, late: Standing) -> NDArray[np.bool_]:
    """(traits,) whether only the opening of an answer may have moved along the trait.

    Args:
        last_prompt: how the scores at the last prompt token stand.
        late: how the deciding ones do, at the tokens after an answer's first.
    """
    opposite = last_prompt.scores * late.scores < 0
    return np.asarray((last_prompt.family <= LEVEL) & ((late.family > LEVEL) | opposite))
