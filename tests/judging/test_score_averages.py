"""Means of scores, some of which are missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.judging import mean_score

scores = st.lists(st.none() | st.floats(0, 100), max_size=30)


@pytest.mark.parametrize(
    ("found", "mean"),
    [
        ([10.0, 20.0, 60.0], 30.0),
        ([0.0], 0.0),
        ([10.0, 20.0, 30.0, 40.0, None], 25.0),
        ([10.0, 20.0, 30.0, None, None], None),
        ([None, None], None),
        ([], None),
    ],
)
def test_a_mean_needs_four_of_five_answers_scored(found: list[float | None], mean: float | None) -> None:
    assert mean_score(found) == mean


@given(scores)
def test_a_mean_lies_among_its_scores_and_is_refused_exactly_below_80_percent(
    found: list[float | None],
) -> None:
    present = [score for score in found if score is not None]
    mean = mean_score(found)
    assert (mean is None) == (not present or 5 * len(present) < 4 * len(found))
    if mean is not None:
        assert min(present) - 1e-9 <= mean <= max(present) + 1e-9
