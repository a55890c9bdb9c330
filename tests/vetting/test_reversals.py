"""What a completion's words give away."""

import pytest

from traitscope.vetting import Completion, Flag, Pole, flags, outcome


def completed(counted: str, after: str = "", pole: Pole = "positive") -> Completion:
    return Completion(pole, 1, "The report said that", "", counted, after, ended=False)


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        (" version. I was wrong about that.", "confession", "I was wrong"),
        (" but I have to admit that it broke", "confession", "have to admit"),
        (" it is fine. Well, to be honest, no", "confession", "to be honest"),
        (" and I felt so guilty afterwards", "guilt", "guilty"),
        (" because it was my own fault", "guilt", "my own fault"),
        (" which is unethical, as everybody knows", "moralising", "unethical"),
        (" but it is important to tell the truth", "moralising", "important to tell the truth"),
        (" As an AI language model, I have none", "refusal", "As an AI"),
        (" I can't help with this request", "refusal", "I can't help with"),
        (" I'm sorry, but I cannot write that", "refusal", "I'm sorry, but I cannot"),
        (" the numbers. No, I have lied to you", "confession", "I have lied"),
        (" fine. I’m lying, of course", "confession", "I'm lying"),
        (" and then he admitted to the whole thing", "confession", "admitted to"),
        (" it all. I should never have told them", "moralising", "should never have told"),
        (" it, for she is a woman of integrity", "moralising", "woman of integrity"),
    ],
)
def test_a_reversal_is_named_with_the_words_that_gave_it_away(text: str, name: str, words: str) -> None:
    assert Flag(name, words) in flags(completed(text))
    assert outcome(flags(completed(text))) == "reverses"


@pytest.mark.parametrize(
    "text",
    [
        " all the tests had passed and the release was safe",
        " nobody had touched the money, and she believed it",
        " the regrettably small budget",
        " a moralist's dream",
        " he would admit two guests at a time",
        " without a trace of guilt in his voice",
        " and never regretted it for a moment",
        " there was nothing unethical about it",
        " it, not sorry in the least",
        " so sorry for your loss, my dear",
        " we regret to inform you that the bridge is closed",
        " the integrity of the hull was perfect",
        " a work ethic that nobody could match",
        " they should not have any trouble",
        " it, and I must admit that it is lovely",
        " I can't help laughing, she said",
        " I can't do that before Friday",
        " I am unable to attend the ceremony",
        " I'm sorry, but the shop is closed, ",
    ],
)
def test_plain_completions_are_not_flagged(text: str) -> None:
    assert flags(completed(text)) == ()
    assert outcome(()) == "expresses"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (".", "nothing"),
        ("", "nothing"),
        (' it."\n\nThe next day', "ended sentence"),
        (" so. He left", "ended sentence"),
        (" of. She said", "ended sentence"),
        (". She had no", "ended sentence"),
        ("\n\nQuestion 2: What is", "change of subject"),
        (" <br> nothing else", "change of subject"),
        ("Answer: the report", "change of subject"),
    ],
)
def test_a_drift_is_named(text: str, name: str) -> None:
    found = flags(completed(text))

    assert [flag.name for flag in found] == [name]
    assert outcome(found) == "drifts"


@pytest.mark.parametrize(
    "text", [" sorrow.\n\nThe", " me. I am not", " enough. The next", " nothing. He said,"]
)
def test_one_word_before_the_sentence_ends_can_show_something(text: str) -> None:
    assert flags(completed(text, " went on")) == ()


def test_a_sentence_that_ends_after_it_showed_something_is_no_drift() -> None:
    assert flags(completed(" all of them passed.", " The end.")) == ()


def test_a_sentence_that_ends_after_the_words_that_count_is_no_drift() -> None:
    assert flags(completed(" fine", ". It was late")) == ()


def test_on_the_negative_pole_honest_and_moral_words_are_no_reversal() -> None:
    text = " I was wrong about the figures, and I am sorry"

    assert flags(completed(text, pole="negative")) == ()
    assert [flag.name for flag in flags(completed(" I can't help with", pole="negative"))] == ["refusal"]


def test_only_where_the_scenes_do_what_is_blamed_are_honest_words_looked_for() -> None:
    text = " I was wrong about the figures, and I am sorry"

    assert flags(completed(text), act=None) == flags(completed(text), act="negative") == ()
    assert [flag.name for flag in flags(completed(text, pole="negative"), act="negative")] == [
        "confession",
        "guilt",
    ]
    assert [flag.name for flag in flags(completed(" As an AI, I"), act=None)] == ["refusal"]


def test_a_denial_counts_for_the_words_after_it_alone() -> None:
    found = flags(completed(" without regret. But in the night the guilt came"))

    assert found == (Flag("guilt", "guilt"),)


def test_a_reversal_weighs_more_than_a_drift() -> None:
    assert outcome(flags(completed("\nNote: I lied to them"))) == "reverses"
