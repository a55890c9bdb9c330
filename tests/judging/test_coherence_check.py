"""The check of a coherence judge: figures by hand, and a sentence for each way to fail."""

import json

import pytest
from sklearn.metrics import roc_auc_score

from traitscope.judging.coherence_check import (
    CoherenceCheck,
    CoherenceLimits,
    CoherenceScores,
    check_coherence,
)

GOOD = CoherenceScores(
    plain=[96.0, 92.0, 94.0, 95.0],
    prompted=[93.0, 90.0, 91.0, 92.0],
    moderate=[88.0, 75.0, 90.0, 61.0],
    strong=[3.0, 20.0, 0.0, 41.0, 8.0],
)


def with_groups(**groups: list[float | None]) -> CoherenceCheck:
    return check_coherence(CoherenceScores(**{**vars(GOOD), **groups}))


def test_a_judge_that_reaches_every_limit_passes_with_figures_counted_by_hand() -> None:
    found = check_coherence(GOOD)
    assert found.passed
    assert found.means == {"plain": 94.25, "prompted": 91.5, "moderate": 78.5, "strong": 14.4}
    assert found.counts == {"plain": 4, "prompted": 4, "moderate": 4, "strong": 5}
    assert (found.separation, found.difference, found.ranking) == (1.0, 2.75, 1.0)


def test_separation_and_ranking_are_areas_under_the_curve() -> None:
    strong = [95.0, 92.0, 10.0, 70.0]
    found = with_groups(strong=strong)
    labels = [1] * 4 + [0] * 4
    assert found.separation == pytest.approx(roc_auc_score(labels, [*GOOD.prompted, *strong]))
    assert found.ranking == pytest.approx(roc_auc_score(labels, [*GOOD.moderate, *strong]))


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        (
            {"strong": [91.5, 0.0, 0.0, 0.0, 0.0]},
            "coherent answers that show the trait are told from over-steered ones with an AUC of 0.900;"
            " it must be 0.95 or more",
        ),
        (
            {"prompted": [80.0, 90.0, 85.0, 85.0]},
            "answers that were asked to show the trait score 9.2 points below plain ones;"
            " the trait alone may move them by less than 5",
        ),
        (
            {"plain": [80.0, 81.0]},
            "answers that were asked to show the trait score 11.0 points above plain ones;"
            " the trait alone may move them by less than 5",
        ),
        (
            {"moderate": [2.0, 4.0, 30.0, 90.0]},
            "moderate steering is ranked above strong steering with an AUC of 0.600; it must be 0.8 or more",
        ),
        (
            {"prompted": [92.0, 93.0, None, 92.0]},
            "25% of the prompted answers have no score; at most 20% may",
        ),
    ],
)
def test_each_way_to_fail_has_its_sentence(groups: dict[str, list[float | None]], sentence: str) -> None:
    assert with_groups(**groups).failures == (sentence,)


def test_a_difference_of_exactly_five_points_is_too_much() -> None:
    assert not with_groups(plain=[96.5]).passed
    assert with_groups(plain=[96.49]).passed


def test_limits_can_be_other_ones() -> None:
    assert check_coherence(GOOD, CoherenceLimits(difference=2.0)).failures


def test_a_group_without_a_score_is_no_check() -> None:
    with pytest.raises(ValueError, match="no scored answer among the moderate and strong ones"):
        with_groups(moderate=[None, None], strong=[])


@pytest.mark.parametrize("check", [check_coherence(GOOD), with_groups(strong=[99.0])])
def test_a_check_survives_json(check: CoherenceCheck) -> None:
    record = json.loads(json.dumps(check.as_record(), allow_nan=False))
    assert record["passed"] is check.passed
    assert CoherenceCheck.from_record(record) == check
