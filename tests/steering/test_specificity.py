"""Whether a winner moves its own trait most."""

import numpy as np
import pytest
from scipy import stats

from traitscope.statistics import Interval
from traitscope.steering import Cell, cell, specificity, unjudged


def moved(judged: str, spreads: float) -> Cell:
    found = Interval(spreads, spreads - 0.5, spreads + 0.5, 20, "bca")
    return Cell(judged, 40.0, 10.0, found, found, "")


def test_a_cell_is_the_paired_difference_in_units_of_the_unsteered_spread() -> None:
    before, after = [10.0, 20.0, 30.0, 40.0, 50.0], [15.0, 26.0, 33.0, 48.0, 57.0]
    found = cell("hedging", after, before, seed=0)
    differences, unit = np.subtract(after, before), np.std(before, ddof=1)
    ends = stats.t.interval(0.95, 4, differences.mean(), stats.sem(differences))
    assert (found.baseline, found.spread) == (pytest.approx(30.0), pytest.approx(unit))
    assert found.difference is not None
    assert found.in_spreads is not None
    assert found.difference[:3] == pytest.approx((differences.mean(), *ends))
    assert found.in_spreads[:3] == pytest.approx(np.array([differences.mean(), *ends]) / unit)
    assert found.reason == ""


def test_without_spread_there_is_no_unit() -> None:
    found = cell("hedging", [15.0, 26.0, 33.0], [50.0] * 3, seed=0)
    assert found.difference is not None
    assert found.in_spreads is None
    assert "same score" in found.reason


def test_too_few_scores_are_no_cell() -> None:
    found = cell("hedging", [15.0, None, None], [50.0, 40.0, 30.0], seed=0)
    assert (found.difference, found.in_spreads) == (None, None)
    assert "80 %" in found.reason


@pytest.mark.parametrize(
    ("own", "other", "sign", "specific"),
    [
        (2.0, 1.9, 1, True),
        (2.0, -1.9, 1, True),
        (2.0, 2.0, 1, False),
        (2.0, -2.1, 1, False),
        (-2.0, 1.9, -1, True),
        (-2.0, 1.9, 1, False),
        (-2.0, -2.1, -1, False),
    ],
)
def test_a_winner_is_specific_if_its_own_trait_moves_most_in_the_direction_of_the_push(
    own: float, other: float, sign: int, specific: bool
) -> None:
    found = specificity("gloom", [moved("gloom", own), moved("hedging", other), moved("tidy", 0.1)], sign)
    assert found.specific is specific
    assert bool(found.reason) is not specific
    if not specific:
        assert "hedging" in found.reason


def test_what_cannot_be_told_says_why() -> None:
    assert "no other listed trait" in specificity("gloom", [moved("gloom", 2.0)], 1).reason
    missing = unjudged("hedging", "its judge is too weak")
    assert specificity("gloom", [moved("gloom", 2.0), missing], 1).specific is None
    found = specificity("hedging", [moved("gloom", 2.0), missing], 1)
    assert found.specific is None
    assert "its judge is too weak" in found.reason
