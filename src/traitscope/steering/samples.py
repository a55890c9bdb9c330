"""Which answers stand for all: the worst, the median and the best of an arm, never only the best."""

from collections.abc import Sequence
from typing import Literal

from traitscope.judging import Score

Flag = Literal["worst", "median", "best"]


def samples(scores: Sequence[Score], sign: int) -> dict[int, Flag]:
    """Place -> flag, of the answers that have a score; of two that score alike the first is the worse.

    Args:
        scores: trait scores.
        sign: 1 where high ones are good, -1 where low ones are.
    """
    scored = [(sign * score, place) for place, score in enumerate(scores) if score is not None]
    order = [place for _, place in sorted(scored)]
    if not order:
        return {}
    # The last to be named wins where answers are few: of one alone it is said that it is the worst there is.
    found: dict[int, Flag] = {order[-1]: "best", order[len(order) // 2]: "median"}
    return found | {order[0]: "worst"}
