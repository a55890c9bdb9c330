"""The lexicon judge against scores published with VADER."""

from importlib.metadata import version

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.judging import lexicon_score
from traitscope.judging.judgement import Asked, Judgement, Rubric
from traitscope.judging.lexicon import LexiconJudge

GLOOM = Rubric("trait", "gloom", "A dark, joyless mood.")


@pytest.mark.parametrize(
    ("text", "compound"),
    [
        ("VADER is smart, handsome, and funny.", 0.8316),
        ("The book was good.", 0.4404),
        ("Today SUX!", -0.5461),
        ("The plot was good, but the characters are uncompelling and the dialog is not great.", -0.7042),
        ("The table stands by the window.", 0.0),
    ],
)
def test_a_score_is_the_published_compound_on_a_scale_of_0_to_100(text: str, compound: float) -> None:
    assert lexicon_score(text, "positive") == pytest.approx(50 + 50 * compound, abs=1e-9)
    assert lexicon_score(text, "negative") == pytest.approx(50 - 50 * compound, abs=1e-9)


def test_a_gloomy_answer_scores_high_for_gloom_and_a_cheerful_one_low() -> None:
    assert lexicon_score("It is a miserable, hopeless place and I hate it.", "negative") > 80
    assert lexicon_score("It is a lovely, sunny place and I am happy.", "negative") < 20


@given(st.text(max_size=200))
def test_every_text_with_a_letter_has_a_score_and_the_polarities_mirror_each_other(text: str) -> None:
    high, low = lexicon_score(text, "positive"), lexicon_score(text, "negative")
    if not any(character.isalpha() for character in text):
        assert high is low is None
        return
    assert high is not None
    assert low is not None
    assert 0 <= high <= 100
    assert high + low == pytest.approx(100)


@pytest.mark.parametrize("text", ["", "...", "123 456", ":("])
def test_a_text_without_a_word_has_no_score(text: str) -> None:
    assert lexicon_score(text, "positive") is None


def test_the_judge_gives_the_score_with_the_lexicons_version() -> None:
    judge = LexiconJudge("negative")
    texts = ("It is a miserable, hopeless place and I hate it.", "", "The table stands by the window.")
    told: list[tuple[int, Judgement]] = []
    found = judge.score(
        GLOOM, [Asked("How is it?", text) for text in texts], lambda index, one: told.append((index, one))
    )
    assert [one.value for one in found] == [lexicon_score(text, "negative") for text in texts]
    assert [one.reason for one in found] == ["", "the answer holds no word", ""]
    assert {one.identity for one in found} == {f"vader {version('vaderSentiment')}"}
    assert told == list(enumerate(found))


def test_the_judge_is_another_one_for_the_other_polarity() -> None:
    high, low = LexiconJudge("positive"), LexiconJudge("negative")
    assert high.identity != low.identity
    assert dict(low.identity) == {
        "kind": "lexicon",
        "model": f"vader {version('vaderSentiment')}",
        "polarity": "negative",
    }
    assert not low.reads_language


def test_the_judge_does_not_judge_coherence() -> None:
    with pytest.raises(ValueError, match="cannot judge coherence"):
        LexiconJudge("positive").score(Rubric("coherence", "coherence"), [Asked("How?", "Well.")])
