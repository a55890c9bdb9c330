"""What the winner is compared with, as figures."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from traitscope.steering import Arm, arms_of

Scores = Sequence[float | None]


def only(name: str, traits: Scores, unsteered: Scores, winner: Scores | None = None, sign: int = 1) -> Arm:
    """One arm's figures, beside unsteered answers and a winner."""
    scores = {"unsteered": unsteered, "winner": winner or unsteered, name: traits}
    found = arms_of(scores, {arm: [80.0] * len(traits) for arm in scores}, sign, seed=0)
    return next(one for one in found if one.name == name)


def test_an_arms_delta_is_paired_over_the_questions() -> None:
    before, after = [10.0, 20.0, 30.0, 40.0, 50.0], [15.0, 26.0, 33.0, 48.0, 57.0]
    found = only("winner", after, before)
    differences = np.subtract(after, before)
    ends = stats.t.interval(0.95, 4, differences.mean(), stats.sem(differences))
    assert found.trait == pytest.approx(np.mean(after))
    assert found.coherence == pytest.approx(80.0)
    assert found.delta is not None
    assert found.delta[:3] == pytest.approx((differences.mean(), *ends))
    assert found.delta.n == 5
    assert found.lead is None


@pytest.mark.parametrize("name", ["random_1", "other_gloom", "shuffled"])
def test_the_winners_lead_over_a_control_is_paired_over_the_questions(name: str) -> None:
    winner, control = [60.0, 70.0, 80.0, 90.0, 95.0], [20.0, 35.0, 30.0, 41.0, 50.0]
    found = only(name, control, [10.0] * 5, winner)
    differences = np.subtract(winner, control)
    ends = stats.t.interval(0.95, 4, differences.mean(), stats.sem(differences))
    assert found.lead is not None
    assert found.lead[:3] == pytest.approx((differences.mean(), *ends))
    assert found.delta is not None
    assert found.delta.mean == pytest.approx(np.mean(control) - 10)


def test_a_suppressing_winner_leads_where_its_scores_are_lower() -> None:
    winner, control = [5.0, 10.0, 8.0, 2.0, 6.0], [20.0, 35.0, 30.0, 41.0, 50.0]
    found = only("random_1", control, [50.0] * 5, winner, sign=-1)
    assert found.lead is not None
    assert found.lead.mean == pytest.approx(np.mean(np.subtract(control, winner)))
    assert found.lead.low > 0
    assert found.delta is not None
    assert found.delta.mean < 0


@pytest.mark.parametrize("name", ["unsteered", "winner", "too_strong", "prompt"])
def test_the_winner_has_no_lead_over_what_is_no_control(name: str) -> None:
    assert only(name, [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]).lead is None


def test_questions_without_both_scores_are_left_out_of_the_delta() -> None:
    found = only("winner", [1.0, 2.0, 3.0, 9.0, 5.0], [0.0, 0.0, 0.0, None, 0.0])
    assert found.delta is not None
    assert (found.delta.mean, found.delta.n) == (pytest.approx(11 / 4), 4)


def test_too_few_scored_questions_give_no_delta_and_no_lead() -> None:
    found = only("random_1", [1.0, 2.0, 3.0, None, None], [0.0] * 5)
    assert (found.delta, found.lead) == (None, None)


def test_an_arm_has_the_spread_of_its_scores_and_the_share_above_the_middle() -> None:
    found = only("winner", [40.0, 50.0, 60.0, 90.0, None], [0.0] * 5)

    assert found.spread == pytest.approx(21.602, abs=1e-3)
    assert found.above_50 == 0.5


def test_the_unsteered_answers_have_no_delta_to_themselves() -> None:
    assert only("unsteered", [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]).delta is None
