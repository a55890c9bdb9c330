"""What the winner is compared with, and what that makes of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from traitscope.config import SteerSettings
from traitscope.statistics import Interval
from traitscope.steering import Arm, arm, judge_winner, random_directions

Settings = Callable[..., SteerSettings]


def test_random_directions_are_unit_far_apart_and_the_seeds() -> None:
    drawn = random_directions(500, 3).numpy()
    assert drawn.shape == (3, 500)
    assert drawn.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 1, rtol=1e-6)
    assert np.abs(drawn @ drawn.T - np.eye(3)).max() < 0.2
    np.testing.assert_array_equal(drawn, random_directions(500, 3).numpy())
    assert not np.allclose(drawn, random_directions(500, 4).numpy())


def test_an_arms_delta_is_paired_over_the_questions() -> None:
    before, after = [10.0, 20.0, 30.0, 40.0, 50.0], [15.0, 26.0, 33.0, 48.0, 57.0]
    found = arm("winner", after, [80.0, 90.0, 70.0, 85.0, 75.0], before, seed=0)
    differences = np.subtract(after, before)
    ends = stats.t.interval(0.95, 4, differences.mean(), stats.sem(differences))
    assert found.trait == pytest.approx(np.mean(after))
    assert found.coherence == pytest.approx(80.0)
    assert found.delta is not None
    assert found.delta[:3] == pytest.approx((differences.mean(), *ends))
    assert found.delta.n == 5


def test_questions_without_both_scores_are_left_out_of_the_delta() -> None:
    found = arm("winner", [1.0, 2.0, 3.0, 9.0, 5.0], [90.0] * 5, [0.0, 0.0, 0.0, None, 0.0], seed=0)
    assert found.delta is not None
    assert (found.delta.mean, found.delta.n) == (pytest.approx(11 / 4), 4)


def test_too_few_scored_questions_give_no_delta() -> None:
    assert arm("winner", [1.0, 2.0, 3.0, None, None], [90.0] * 5, [0.0] * 5, seed=0).delta is None


def test_an_arm_has_the_spread_of_its_scores_and_the_share_above_the_middle() -> None:
    found = arm("winner", [40.0, 50.0, 60.0, 90.0, None], [90.0] * 5, [0.0] * 5, seed=0)

    assert found.spread == pytest.approx(21.602, abs=1e-3)
    assert found.above_50 == 0.5


def test_a_circular_judge_shows_nothing_however_large_the_delta(
    settings: Callable[..., SteerSettings],
) -> None:
    found = judge_winner(arms((60, 50, 70), random_1=4), settings(), circular=True)

    assert (found.result, found.reason) == (
        "not_shown",
        "its judge is circular: it has seen the scenes the direction comes from",
    )


def test_the_unsteered_answers_have_no_delta_to_themselves() -> None:
    scores = [1.0, 2.0, 3.0]
    assert arm("unsteered", scores, [90.0] * 3, scores, seed=0).delta is None


def arms(delta: tuple[float, float, float] | None, coherence: float | None = 80.0, **random: float) -> Any:
    """A winner with the delta (mean, low, high), and random arms by name with theirs."""
    found = [Arm("unsteered", 40.0, 95.0, 12.0, 0.3, None)]
    winner = None if delta is None else Interval(*delta, 20, "bca")
    found.append(Arm("winner", 50.0, coherence, 15.0, 0.5, winner))
    found += [
        Arm(name, 40.0, 80.0, 12.0, 0.3, Interval(mean, mean - 5, mean + 5, 20, "bca"))
        for name, mean in random.items()
    ]
    return {one.name: one for one in found}


@pytest.mark.parametrize(
    ("winner", "result", "reason"),
    [
        (arms((30, 12, 48), random_1=4, random_2=-8, random_3=11), "shown", ""),
        (arms((24.9, 12, 38), random_1=4), "weak", "less than 25 points"),
        (arms((25.0, 12, 38), random_1=4), "shown", ""),
        (arms((30, -0.5, 60), random_1=4), "not_shown", "holds 0"),
        (arms((30, 0.0, 60), random_1=4), "not_shown", "holds 0"),
        (arms((-30, -48, -12), random_1=4), "not_shown", "holds 0"),
        (arms((30, 12, 48), random_1=4, random_2=30), "not_shown", "random push of the same length"),
        (
            arms((30, 12, 48), coherence=69.9),
            "not_shown",
            "on the report questions (coherence 69.9)",
        ),
        (arms((30, 12, 48), coherence=None), "not_shown", "(coherence unscored)"),
        (arms(None), "not_shown", "fewer than 80 %"),
    ],
)
def test_a_winner_is_shown_when_coherent_clear_of_zero_and_beyond_every_random_push(
    winner: Any, result: str, reason: str, settings: Settings
) -> None:
    found = judge_winner(winner, settings(), circular=False)
    assert found.result == result
    assert reason in found.reason
    assert bool(found.reason) == (result != "shown")


@pytest.mark.parametrize(
    ("winner", "result"),
    [
        (arms((-30, -48, -12), random_1=4, random_2=-8), "shown"),
        (arms((-30, -48, -12), random_1=-31), "not_shown"),
        (arms((30, 12, 48), random_1=4), "not_shown"),
    ],
)
def test_a_suppressing_winner_is_judged_downwards(winner: Any, result: str, settings: Settings) -> None:
    assert judge_winner(winner, settings(push="suppress"), circular=False).result == result


def test_a_random_push_that_broke_the_language_does_not_stand_against_the_winner(settings: Settings) -> None:
    found = arms((30, 12, 48), random_1=60.0)
    assert judge_winner(found, settings(), circular=False).result == "not_shown"
    for coherence in (69.9, None):
        found["random_1"] = replace(found["random_1"], coherence=coherence)
        assert judge_winner(found, settings(), circular=False).result == "shown"


def test_an_arm_that_is_not_random_does_not_stand_against_the_winner(settings: Settings) -> None:
    found = arms((30, 12, 48), too_strong=60.0)
    assert judge_winner(found, settings(), circular=False).result == "shown"
