"""The word for a winner, and its reason."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from traitscope.config import SteerSettings
from traitscope.statistics import Interval
from traitscope.steering import Arm, judge_winner

Settings = Callable[..., SteerSettings]
Ends = tuple[float, float, float]


def arms(delta: Ends | None, coherence: float | None = 80.0, **leads: Ends | None) -> list[Arm]:
    """A winner with the delta (mean, low, high), and controls by name with the winner's lead over them."""
    winner = None if delta is None else Interval(*delta, 20, "bca")
    return [
        Arm("unsteered", 40.0, 95.0, 12.0, 0.3, None),
        Arm("winner", 50.0, coherence, 15.0, 0.5, winner),
        *(
            Arm(name, 40.0, 80.0, 12.0, 0.3, None, None if lead is None else Interval(*lead, 20, "bca"))
            for name, lead in leads.items()
        ),
    ]


FAR: Ends = (22.0, 8.0, 36.0)
NEAR: Ends = (3.1, -2.0, 8.25)


@pytest.mark.parametrize(
    ("found", "result", "reason"),
    [
        (arms((30, 12, 48), random_1=FAR, random_2=FAR, other_tidy=FAR), "shown", ""),
        (arms((24.9, 12, 38), random_1=FAR), "weak", "less than 25 points"),
        (arms((25.0, 12, 38), random_1=FAR), "shown", ""),
        (arms((30, -0.5, 60), random_1=FAR), "not_shown", "holds 0"),
        (arms((30, 0.0, 60), random_1=FAR), "not_shown", "holds 0"),
        (arms((-30, -48, -12), random_1=FAR), "not_shown", "holds 0"),
        (
            arms((30, 12, 48), random_1=FAR, other_tidy=NEAR),
            "not_shown",
            "unsteerable here: other_tidy comes too close, the winner's lead over it is +3.1 points",
        ),
        (arms((30, 12, 48), random_1=(5.0, 0.0, 10.0)), "not_shown", "random_1 comes too close"),
        (arms((30, 12, 48), random_1=(5.0, 0.1, 9.9)), "shown", ""),
        (arms((30, 12, 48), random_1=(-4.0, -9.0, 1.0)), "not_shown", "is -4.0 points [-9.0, +1.0]"),
        (arms((30, 12, 48)), "not_shown", "no control could be scored"),
        (arms((30, 12, 48), random_1=None), "not_shown", "no control could be scored"),
        (arms((30, 12, 48), shuffled=FAR), "not_shown", "no control could be scored"),
        (arms((30, 12, 48), coherence=69.9, random_1=FAR), "not_shown", "(coherence 69.9)"),
        (arms((30, 12, 48), coherence=None, random_1=FAR), "not_shown", "(coherence unscored)"),
        (arms(None, random_1=FAR), "not_shown", "fewer than 80 %"),
    ],
)
def test_a_winner_is_shown_when_coherent_clear_of_zero_and_ahead_of_every_control(
    found: Any, result: str, reason: str, settings: Settings
) -> None:
    verdict = judge_winner(found, settings(), circular=False)
    assert verdict.result == result
    assert reason in verdict.reason
    assert bool(verdict.reason) == (result != "shown")


@pytest.mark.parametrize(
    ("found", "result"),
    [
        (arms((-30, -48, -12), random_1=FAR), "shown"),
        (arms((-30, -48, -12), random_1=NEAR), "not_shown"),
        (arms((30, 12, 48), random_1=FAR), "not_shown"),
    ],
)
def test_a_suppressing_winner_is_judged_downwards(found: Any, result: str, settings: Settings) -> None:
    assert judge_winner(found, settings(push="suppress"), circular=False).result == result


def test_it_is_held_against_the_control_that_comes_closest(settings: Settings) -> None:
    found = arms((30, 12, 48), random_1=FAR, random_2=(9.0, -4.0, 22.0), random_3=(6.0, 1.0, 11.0))
    assert judge_winner(found, settings(), circular=False).result == "shown"
    found = arms((30, 12, 48), random_1=FAR, random_2=(9.0, -4.0, 22.0), random_3=(12.0, 1.0, 23.0))
    assert judge_winner(found, settings(), circular=False).reason.startswith("unsteerable here: random_2")


def test_incoherence_does_not_take_a_control_out(settings: Settings) -> None:
    found = arms((30, 12, 48), random_1=NEAR)
    found[-1] = replace(found[-1], coherence=10.0)
    assert judge_winner(found, settings(), circular=False).result == "not_shown"


@pytest.mark.parametrize("name", ["too_strong", "shuffled", "prompt"])
def test_other_arms_are_told_beside_and_do_not_stand_against_the_winner(
    name: str, settings: Settings
) -> None:
    found = [*arms((30, 12, 48), random_1=FAR), *arms(None, **{name: NEAR})[-1:]]
    assert judge_winner(found, settings(), circular=False).result == "shown"


def test_a_circular_judge_shows_nothing_however_large_the_delta(settings: Settings) -> None:
    found = judge_winner(arms((60, 50, 70), random_1=FAR), settings(), circular=True)
    assert (found.result, found.reason) == (
        "not_shown",
        "its judge is circular: it has seen the scenes the direction comes from",
    )
