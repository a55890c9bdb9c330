"""Two ways of answering held against each other, by hand."""

import pytest
from scipy import stats

from traitscope.steering.agreement import agree, agree_as_searches
from traitscope.steering.evaluation import Evaluation, Point

FIRST = {"unsteered": [10.0, 20.0, 30.0], "a": [50.0, 60.0, 70.0]}


def evaluation(layer: int, delta: float, coherent: bool = True, coefficient: float = 2.0) -> Evaluation:
    point = Point(layer, coefficient)
    return Evaluation(1, point, 0.5, 50 + delta, 90.0, delta, 0, coherent, 3, True)


def test_a_way_agrees_with_itself() -> None:
    evaluations = [evaluation(1, 5), evaluation(2, 9)]
    found = agree(FIRST, FIRST, (evaluations, evaluations), None, 0)
    assert (found.answers, found.rank, found.same_side, found.sides, found.same_winner) == (
        6,
        1.0,
        2,
        2,
        True,
    )
    assert found.difference is not None
    assert found.difference[:4] == (0.0, 0.0, 0.0, 3)


def test_the_difference_is_over_questions_with_arms_averaged_first() -> None:
    second = {"unsteered": [12.0, 20.0, 31.0], "a": [54.0, 62.0, 71.0]}
    found = agree(FIRST, second, ([], []), None, 0)
    means = [3.0, 1.0, 1.0]
    low, high = stats.t.interval(0.95, 2, loc=sum(means) / 3, scale=stats.sem(means))
    assert found.difference is not None
    assert found.difference[:3] == pytest.approx((sum(means) / 3, low, high))


def test_the_order_is_scipys_over_answers_that_have_both_scores() -> None:
    first = {"a": [1.0, 2.0, 3.0, 4.0, 5.0, None]}
    second = {"a": [9.0, 8.0, 8.5, 2.0, 1.0, 7.0]}
    found = agree(first, second, ([], []), None, 0)
    assert found.answers == 5
    assert found.rank == pytest.approx(stats.spearmanr([1, 2, 3, 4, 5], [9, 8, 8.5, 2, 1]).statistic)


def test_too_few_scores_are_no_agreement() -> None:
    found = agree({"a": [1.0, 2.0, None, None]}, {"a": [1.0, 2.0, 3.0, 4.0]}, ([], []), None, 0)
    assert (found.rank, found.difference) == (None, None)
    assert found.rank_reason == found.difference_reason == "only 2 of 4 answers have both scores"


def test_equal_scores_have_no_order_and_say_so() -> None:
    same = {"a": [50.0, 50.0, 50.0]}
    found = agree(same, same, ([], []), None, 0)
    assert (found.rank, found.rank_reason) == (None, "the scores do not differ from each other")


def test_sides_and_winners_are_told_apart() -> None:
    first = [evaluation(1, 5), evaluation(2, 9), evaluation(3, 20, coherent=False)]
    second = [evaluation(1, 5), evaluation(2, 9, coherent=False), evaluation(3, 20, coherent=False)]
    found = agree(FIRST, FIRST, (first, second), None, 0)
    assert (found.same_side, found.sides, found.same_winner) == (2, 3, False)
    nothing = [evaluation(1, 5, coherent=False)]
    assert agree(FIRST, FIRST, (nothing, nothing), None, 0).same_winner is None
    assert agree(FIRST, FIRST, (nothing, [evaluation(1, 5)]), None, 0).same_winner is False


def test_searches_are_held_against_each_other_by_layers_and_winners() -> None:
    first = [evaluation(1, 5), evaluation(2, 9), evaluation(3, 7), evaluation(2, 4, coefficient=1.0)]
    second = [evaluation(1, 6), evaluation(2, 12, coefficient=3.0), evaluation(3, 8)]
    scores = [{one.point: [50.0, 50.0 + (one.delta or 0)] for one in some} for some in (first, second)]
    found = agree_as_searches(scores[0], scores[1], (first, second), None, 0)
    assert (found.rank, found.same_winner, found.same_side) == (1.0, True, None)
    assert found.difference is not None
    assert found.difference.mean == pytest.approx((0 + 3) / 2)


def test_searches_without_a_winner_have_their_reasons() -> None:
    nothing = [evaluation(1, 5, coherent=False)]
    found = agree_as_searches({}, {}, (nothing, nothing), None, 0)
    assert (found.rank_reason, found.difference_reason) == (
        "fewer than 3 layers are coherent in both",
        "one of them found no winner",
    )
