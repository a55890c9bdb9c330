"""Means of scores, some of which may be missing."""

from collections.abc import Sequence

LEAST_SCORED = 0.8
FEW_SCORED = "fewer than 80 % of the answers were scored"
"""Share of answers that must have a score: a mean over fewer says more about the judge than about them."""

Score = float | None


def mean_score(scores: Sequence[Score]) -> Score:
    """Mean of the scores there are; None where fewer than 80 % of the answers have one."""
    found = [score for score in scores if score is not None]
    if not found or len(found) < LEAST_SCORED * len(scores):
        return None
    return sum(found) / len(found)
