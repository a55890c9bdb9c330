"""Which answers are shown for all."""

import pytest

from traitscope.steering.samples import samples


def test_the_worst_the_median_and_the_best_are_flagged_by_score() -> None:
    assert samples([50.0, 10.0, 90.0, 30.0, 70.0], 1) == {1: "worst", 0: "median", 2: "best"}
    assert samples([50.0, 10.0, 90.0, 30.0, 70.0], -1) == {2: "worst", 0: "median", 1: "best"}


def test_answers_without_a_score_are_none_of_them() -> None:
    assert samples([None, 40.0, None, 60.0, 50.0], 1) == {1: "worst", 4: "median", 3: "best"}
    assert samples([None, None], 1) == {}


@pytest.mark.parametrize("count", [1, 2])
def test_few_answers_show_the_worst_before_the_best(count: int) -> None:
    assert samples([float(score) for score in range(count)], 1)[0] == "worst"
