import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.comparison import Behaviour, Inside, Verdict, behaviour, holm_by_trait, verdict, verdicts

NOISE = np.random.default_rng(0).normal(0, 2, 20)


def changed(by: float, n: int = 20) -> Behaviour:
    """Answers whose scores change by so many points on average."""
    noise = NOISE[:n] - NOISE[:n].mean()
    return behaviour([40.0] * n, [40.0 + by + float(x) for x in noise])


def inside(score: float, share: float, visible: float | None = 0.21) -> Inside:
    return Inside(score, share, visible)


def told(by: float, score: float, share: float) -> Verdict:
    found = changed(by)
    return verdict(found, found.p_value, inside(score, share), prompts=60)


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
    assert verdict(None, None, inside(0.9, 0.0005), 60) == Verdict("cannot_tell", "no judge for this trait")


def test_too_few_prompts_or_questions_cannot_be_told():
    found = changed(12)
    assert verdict(found, found.p_value, inside(0.3, 0.01), prompts=7).name == "cannot_tell"
    few = changed(12, n=7)
    assert verdict(few, few.p_value, inside(0.3, 0.01), prompts=60).name == "cannot_tell"
    enough = changed(12, n=8)
    assert verdict(enough, enough.p_value, inside(0.3, 0.01), prompts=8).name == "moved_up"
    assert "7 scored questions" in verdict(few, few.p_value, inside(0.3, 0.01), prompts=60).reason


def test_incoherent_answers_cannot_be_told():
    found = changed(12)
    answer = verdict(found, found.p_value, inside(0.3, 0.01), 60, incoherent="mean coherence 41 after")
    assert answer == Verdict("cannot_tell", "the answers are incoherent: mean coherence 41 after")


def test_a_refused_mean_cannot_be_told_and_says_why():
    found = behaviour([None] * 5 + [1.0] * 15, [1.0] * 20)
    assert verdict(found, None, inside(0.3, 0.01), 60) == Verdict("cannot_tell", str(found.reason))


def test_a_change_that_holm_does_not_leave_standing_is_not_behaviour():
    found = changed(0.87)
    assert found.p_value is not None and found.p_value < 0.05
    assert verdict(found, found.p_value, inside(0.0, 0.9), 60).name == "behaviour_only"
    assert verdict(found, 0.06, inside(0.0, 0.9), 60).name == "not_shown"


@pytest.mark.parametrize("by, name", [(0.1, "not_shown"), (12, "behaviour_only")])
def test_a_low_inside_score_stands_beside_the_smallest_changes_that_would_have_been_seen(by, name):
    found, answer = changed(by), told(by, 0.1, 0.4)
    assert answer.name == name
    assert f"one of {found.visible:.1f} would be seen in 4 of 5 repetitions" in answer.reason
    assert "one beyond ±0.21 would be seen" in answer.reason
    assert "a low inside score is no evidence of absence" in answer.reason
    assert "unchanged" not in answer.reason


@pytest.mark.parametrize("by, score", [(12, 0.3), (-12, -0.3), (0.1, 0.3)])
def test_where_the_inside_score_is_seen_nothing_is_said_of_absence(by, score):
    assert "absence" not in told(by, score, 0.01).reason


def test_equal_variants_are_said_to_read_and_answer_the_same():
    found = behaviour([40.0] * 20, [40.0] * 20)
    answer = verdict(found, found.p_value, inside(0.0, 1.0, None), 60)
    assert answer == Verdict("not_shown", "both variants read the words and answer the questions the same")


def test_a_stream_that_has_not_moved_is_said_to_have_not_where_the_scores_differ():
    found = changed(12)
    answer = verdict(found, found.p_value, inside(0.0, 1.0, None), 60)
    assert answer.name == "behaviour_only" and "the stream has not moved at all" in answer.reason


def test_a_change_that_is_the_same_at_every_question_is_no_sameness():
    found = behaviour([40.0] * 8, [43.0] * 8)
    answer = verdict(found, 0.2, inside(0.1, 0.4), 60)
    assert answer.name == "not_shown" and "change of +3.0" in answer.reason


def test_the_reason_gives_the_change_with_its_interval_and_the_way_it_went():
    found = changed(-12)
    assert found.interval is not None
    expected = f"12.0 lower ({-found.interval.high:.1f} to {-found.interval.low:.1f})"
    assert expected in told(-12, -0.3, 0.01).reason


def test_the_verdict_of_a_control_is_not_shown():
    """Same answers, and an inside score in the middle of the null."""
    found = behaviour([40.0] * 20, [40.0] * 20)
    answer = verdict(found, found.p_value, inside(0.02, 0.8), 60)
    assert answer.name == "not_shown" and "scores are the same" in answer.reason


def test_holm_runs_over_judged_traits_and_shares_are_family_wise_as_they_come():
    behaviours = {"gloom": changed(12), "hedging": None, "formality": None}
    shares = {"gloom": inside(0.4, 0.05), "hedging": inside(0.1, 0.5), "formality": inside(0.0, 0.9)}
    found = verdicts(behaviours, shares, 60)
    assert found["gloom"].name == "moved_up"  # not multiplied by the number of traits once more
    assert {found["hedging"].name, found["formality"].name} == {"cannot_tell"}
    weak = changed(0.87)
    assert weak.p_value is not None and 0.025 < weak.p_value < 0.05
    nothing = {"a": inside(0.0, 0.9), "b": inside(0.0, 0.9)}
    one = verdicts({"a": weak, "b": None}, nothing, 60)["a"]
    two = verdicts({"a": weak, "b": changed(0.1)}, nothing, 60)["a"]
    assert (one.name, two.name) == ("behaviour_only", "not_shown")


def test_holm_by_trait_keeps_names_with_values():
    assert holm_by_trait({"a": 0.04, "b": 0.01}) == pytest.approx({"a": 0.04, "b": 0.02})
    assert holm_by_trait({}) == {}


def test_both_lines_speak_of_the_same_traits():
    with pytest.raises(ValueError, match="gloom"):
        verdicts({"gloom": None}, {"hedging": inside(0.1, 0.5)}, 60)


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
