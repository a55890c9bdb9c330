import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.comparison import Behaviour, Verdict, behaviour, holm_by_trait, verdict, verdicts

NOISE = np.random.default_rng(0).normal(0, 2, 20)


def changed(by: float, n: int = 20) -> Behaviour:
    """Answers whose scores change by so many points on average."""
    noise = NOISE[:n] - NOISE[:n].mean()
    return behaviour([40.0] * n, [40.0 + by + float(x) for x in noise])


def told(by: float, score: float, tail_share: float) -> Verdict:
    found = changed(by)
    return verdict(found, found.p_value, score, tail_share, prompts=60)


@pytest.mark.parametrize(
    "by, score, tail_share, name",
    [
        (12, 0.3, 0.01, "moved_up"),
        (-12, -0.3, 0.01, "moved_down"),
        (12, 0.3, 0.05, "moved_up"),
        (12, 0.1, 0.4, "behaviour_only"),
        (12, -0.3, 0.01, "behaviour_only"),
        (-12, 0.3, 0.01, "behaviour_only"),
        (0.1, 0.3, 0.01, "inside_only"),
        (0.1, -0.3, 0.01, "inside_only"),
        (0.1, 0.1, 0.4, "not_shown"),
        (0.1, 0.3, 0.051, "not_shown"),
    ],
)
def test_the_verdict_follows_the_two_lines(by, score, tail_share, name):
    assert told(by, score, tail_share).name == name


def test_a_trait_without_a_judge_cannot_be_told():
    assert verdict(None, None, 0.9, 0.0005, 60) == Verdict("cannot_tell", "no judge for this trait")


def test_too_few_prompts_or_questions_cannot_be_told():
    found = changed(12)
    assert verdict(found, found.p_value, 0.3, 0.01, prompts=9).name == "cannot_tell"
    few = changed(12, n=9)
    assert verdict(few, few.p_value, 0.3, 0.01, prompts=60).name == "cannot_tell"
    enough = changed(12, n=10)
    assert verdict(enough, enough.p_value, 0.3, 0.01, prompts=10).name == "moved_up"
    assert "9 scored questions" in verdict(few, few.p_value, 0.3, 0.01, prompts=60).reason


def test_incoherent_answers_cannot_be_told():
    found = changed(12)
    answer = verdict(found, found.p_value, 0.3, 0.01, 60, incoherent="mean coherence 41 after")
    assert answer == Verdict("cannot_tell", "the answers are incoherent: mean coherence 41 after")


def test_a_refused_mean_cannot_be_told_and_says_why():
    found = behaviour([None] * 5 + [1.0] * 15, [1.0] * 20)
    assert verdict(found, None, 0.3, 0.01, 60) == Verdict("cannot_tell", str(found.reason))


def test_a_change_that_holm_does_not_leave_standing_is_not_behaviour():
    found = changed(0.87)
    assert found.p_value is not None and found.p_value < 0.05
    assert verdict(found, found.p_value, 0.0, 0.9, 60).name == "behaviour_only"
    assert verdict(found, 0.06, 0.0, 0.9, 60).name == "not_shown"


def test_not_shown_gives_the_smallest_change_that_would_have_been_seen():
    found = changed(0.1)
    reason = told(0.1, 0.1, 0.4).reason
    assert f"one of {found.visible:.1f} would be seen" in reason
    assert "unchanged" not in reason


def test_the_reason_gives_the_change_with_its_interval_and_the_way_it_went():
    found = changed(-12)
    assert found.interval is not None
    expected = f"12.0 lower ({-found.interval.high:.1f} to {-found.interval.low:.1f})"
    assert expected in told(-12, -0.3, 0.01).reason


def test_the_verdict_of_a_control_is_not_shown():
    """Same answers, and an inside score in the middle of the null."""
    found = behaviour([40.0] * 20, [40.0] * 20)
    answer = verdict(found, found.p_value, 0.02, 0.8, 60)
    assert answer.name == "not_shown" and "scores are the same" in answer.reason


def test_holm_runs_over_judged_traits_for_behaviour_and_over_all_traits_inside():
    behaviours = {"gloom": changed(12), "hedging": None, "formality": None}
    alone = {"gloom": (0.4, 0.02), "hedging": (0.1, 0.5), "formality": (0.0, 0.9)}
    assert verdicts(behaviours, alone, 60)["gloom"].name == "behaviour_only"  # .02 x 3 > .05
    sharper = alone | {"gloom": (0.4, 0.016)}
    found = verdicts(behaviours, sharper, 60)
    assert found["gloom"].name == "moved_up"
    assert {found["hedging"].name, found["formality"].name} == {"cannot_tell"}
    weak = changed(0.87)
    assert weak.p_value is not None and 0.025 < weak.p_value < 0.05
    one = verdicts({"a": weak, "b": None}, {"a": (0.0, 0.9), "b": (0.0, 0.9)}, 60)["a"]
    two = verdicts({"a": weak, "b": changed(0.1)}, {"a": (0.0, 0.9), "b": (0.0, 0.9)}, 60)["a"]
    assert (one.name, two.name) == ("behaviour_only", "not_shown")


def test_holm_by_trait_keeps_names_with_values():
    assert holm_by_trait({"a": 0.04, "b": 0.01}) == pytest.approx({"a": 0.04, "b": 0.02})
    assert holm_by_trait({}) == {}


def test_both_lines_speak_of_the_same_traits():
    with pytest.raises(ValueError, match="gloom"):
        verdicts({"gloom": None}, {"hedging": (0.1, 0.5)}, 60)


@given(st.floats(-30, 30), st.floats(-1, 1), st.floats(0.0004, 1))
def test_moved_always_rests_on_both_lines_and_mirrors(by, score, tail_share):
    mirror = {"moved_up": "moved_down", "moved_down": "moved_up"}
    name = told(by, score, tail_share).name
    if name in mirror:
        assert tail_share <= 0.05 and by * score > 0
    if (
        abs(abs(by) - 1) > 0.3
    ):  # away from the edge, where the two ends of a BCa interval are not mirror images
        assert told(-by, -score, tail_share).name == mirror.get(name, name)
