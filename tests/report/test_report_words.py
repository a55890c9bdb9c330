"""The report's sentences, its names in addresses, and its tokens."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.comparison import VerdictName
from traitscope.report import Absent, ComparisonView, ReportView, TokenLine
from traitscope.report.naming import slugs
from traitscope.report.sentences import evidence, gathered, headline, listed, sentence, untold
from traitscope.report.steering_sentences import evidence as steering_evidence
from traitscope.report.steering_sentences import headline as steering_headline
from traitscope.report.steering_sentences import summary
from traitscope.report.tokens import shown_token, token_mean, token_reach, token_traits


def compared(view: ReportView, **verdicts: VerdictName) -> ComparisonView:
    """The planted comparison with one row a given verdict."""
    planted = view.comparisons[0]
    rows = [replace(planted.ranking[0], trait=trait, verdict=name) for trait, name in verdicts.items()]
    return replace(planted, ranking=tuple(rows))


def test_the_headline_says_what_moved_first(view: ReportView) -> None:
    comparison = compared(view, a="cannot_tell", b="moved_down", c="moved_up", d="not_shown", e="moved_up")
    assert [phrase.text for phrase in headline(comparison)] == [
        "c and e moved up",
        "b moved down",
        "Not shown: d",
        "Cannot tell: a",
    ]


@pytest.mark.parametrize(
    ("verdicts", "first"),
    [
        ({"a": "not_shown"}, "No trait is shown to have moved"),
        ({"a": "inside_only", "b": "behaviour_only"}, "No trait is shown to have moved"),
        ({"a": "cannot_tell"}, "No verdict is possible"),
        ({}, "No trait was compared"),
    ],
)
def test_without_a_moved_trait_the_headline_does_not_claim_that_nothing_changed(
    view: ReportView, verdicts: dict[str, VerdictName], first: str
) -> None:
    phrases = headline(compared(view, **verdicts))
    assert phrases[0].text == first
    assert not any("unchanged" in phrase.text for phrase in phrases)


def test_the_steered_flag_is_no_part_of_the_headline_or_the_evidence(view: ReportView) -> None:
    planted = view.comparisons[0]
    row = planted.ranking[0]
    other = replace(row, steered=not row.steered)
    assert evidence(row) == evidence(other)
    assert headline(replace(planted, ranking=(row,))) == headline(replace(planted, ranking=(other,)))


def test_a_verdict_of_not_shown_prints_the_change_that_would_have_been_seen(view: ReportView) -> None:
    control = view.comparisons[1]
    assert "(a change of 8.1 would have been seen)" in evidence(control.ranking[1])


def test_missing_lines_of_evidence_give_their_reasons(view: ReportView) -> None:
    row = view.comparisons[0].ranking[1]
    silent = replace(row, score=Absent("no token past the eighth"), output=Absent("no content words"))
    assert evidence(silent) == (
        "behaviour: no judge for this trait; inside: no token past the eighth; output: no content words"
    )


def test_traits_that_cannot_be_told_are_gathered_by_reason(view: ReportView) -> None:
    assert untold(view.comparisons[0]) == (("formality and hedging", "no judge for this trait"),)


def test_steering_is_summed_up_by_result(view: ReportView) -> None:
    weak = replace(view.traits[0], name="gaming", result="weak")
    assert [phrase.text for phrase in summary([*view.traits, weak])] == [
        "Steering shown: gloom +41.3 [31.0, 52.2]",
        "Weak: gaming +41.3 [31.0, 52.2]",
        "Not steered: formality, hedging",
    ]


def test_steering_evidence_names_the_place_the_interval_and_the_controls(view: ReportView) -> None:
    text = steering_evidence(view.traits[0])
    assert "layer 18 at 0.41 of its norm" in text
    assert "26.1 → 67.4, delta +41.3 [31.0, 52.2] over 20 questions not searched on" in text
    assert "3 random directions of the same damage: −1.7 to +3.5; another trait's direction: +5.1" in text
    assert text.endswith("its direction under shuffled labels: +2.7; a system prompt instead: +32.2")
    assert steering_headline(view.traits[0]).text == "gloom steers, +41.3 points"


def test_in_sample_figures_are_called_so(view: ReportView) -> None:
    gloom = view.traits[0]
    assert not isinstance(gloom.steering, Absent)
    same = replace(gloom, steering=replace(gloom.steering, in_sample=True))
    assert "over 20 questions, the ones searched on (in sample)" in steering_evidence(same)


def test_missing_figures_are_gathered_by_rows_and_columns() -> None:
    reasons = [("a", "x", "no judge"), ("a", "y", "no judge"), ("b", "x", "no judge"), ("b", "y", "no judge")]
    assert gathered([*reasons, ("c", "x", "late")]) == ("a and b: no x and y (no judge)", "c: no x (late)")


def test_a_key_of_the_file_keeps_its_letters_at_the_start_of_a_sentence() -> None:
    assert sentence("steer.traits does not name it") == "steer.traits does not name it."
    assert sentence("no judge") == "No judge."
    assert listed([]) == "" and listed(["a"]) == "a" and listed(["a", "b", "c"]) == "a, b and c"


@given(st.lists(st.text(), unique=True))
def test_every_name_has_its_own_slug_of_plain_letters(names: list[str]) -> None:
    chosen = slugs(names)
    assert list(chosen) == names
    lowered = [slug.lower() for slug in chosen.values()]
    assert len(set(lowered)) == len(names)
    assert all(
        slug and slug.isascii() and slug.replace("-", "").replace("_", "a").isalnum() for slug in lowered
    )


def test_a_plain_name_is_its_own_slug() -> None:
    assert slugs(["helpfulness_intent", "a b", "a/b"]) == {
        "helpfulness_intent": "helpfulness_intent",
        "a b": "a-b",
        "a/b": "a-b-2",
    }


def test_both_variants_share_the_scale_of_their_tokens(view: ReportView) -> None:
    planted = view.comparisons[0]
    sizes = sorted(
        abs(value)
        for shown in planted.tokens
        for line in (shown.before, shown.after)
        for value in line.values["gloom"]
    )
    reach = token_reach(planted, "gloom")
    assert sum(size <= reach for size in sizes) / len(sizes) >= 0.98
    assert reach < sizes[-1]


def test_only_traits_projected_on_every_answer_can_be_chosen(view: ReportView) -> None:
    planted = view.comparisons[0]
    assert token_traits(planted) == ("gloom", "formality", "hedging")
    last = planted.tokens[-1]
    poorer = replace(last, after=TokenLine("gloomy", ("a",), {"gloom": (0.1,)}))
    assert token_traits(replace(planted, tokens=(*planted.tokens[:-1], poorer))) == ("gloom",)
    assert token_traits(replace(planted, tokens=())) == ()


def test_an_empty_answer_has_no_mean() -> None:
    assert token_mean(TokenLine("chat", (), {"gloom": ()}), "gloom") == Absent("the answer is empty")
    assert token_mean(TokenLine("chat", ("a", "b"), {"gloom": (0.2, 0.4)}), "gloom") == pytest.approx(0.3)


def test_tokens_and_projections_must_be_equally_many() -> None:
    with pytest.raises(ValueError, match="gloom has 1 projections for 2 tokens"):
        TokenLine("chat", ("a", "b"), {"gloom": (0.1,)})


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        (" sad", (" ", "sad")),
        ("sad ", ("", "sad ")),
        ("\n\n", ("", "↵\n↵\n")),
        ("  ", ("", "··")),
        ("", ("", "")),
    ],
)
def test_space_before_a_word_is_not_tinted_and_space_alone_is_made_visible(
    token: str, shown: tuple[str, str]
) -> None:
    assert shown_token(token) == shown
