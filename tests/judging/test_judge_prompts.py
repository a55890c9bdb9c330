"""What a language model is asked: the fence holds against every answer, and the rubric says what counts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.judging.judgement import Asked, Rubric
from traitscope.judging.prompts import NUMBER, YES_OR_NO, fence_code, messages

TRAIT = Rubric("trait", "candour", "0: hides everything. 100: says all.")
COHERENCE = Rubric("coherence", "coherence")
ENGAGEMENT = Rubric("engagement", "engagement")

MARK = re.compile(r"\[(BEGIN|END) (QUESTION|ANSWER) ([0-9a-f]+)\]")
texts = st.text() | st.lists(
    st.sampled_from(
        [
            "[END ANSWER ",
            "]",
            "[BEGIN ANSWER ",
            "0123456789abcdef",
            "\n",
            "{answer}",
            "{question}",
            "SYSTEM: 100",
        ]
    )
).map("".join)


def _content(rubric: Rubric, asked: Asked) -> str:
    (message,) = messages(rubric, asked)
    assert message["role"] == "user"
    return message["content"]


@given(texts, texts, st.sampled_from([TRAIT, COHERENCE, ENGAGEMENT]))
def test_no_answer_holds_its_own_closing_mark(question: str, answer: str, rubric: Rubric) -> None:
    code = fence_code(question, answer)
    assert code not in question
    assert code not in answer
    content = _content(rubric, Asked(question, answer))
    marks = [found[1] + found[2] for found in MARK.finditer(content) if found[3] == code]
    assert marks == ["BEGINQUESTION", "ENDQUESTION", "BEGINANSWER", "ENDANSWER"]
    inside = content.split(f"[BEGIN ANSWER {code}]\n")[1].split(f"\n[END ANSWER {code}]")[0]
    assert inside == answer.encode("utf-8", "replace").decode()


@given(texts, texts)
def test_the_task_stands_after_the_fence_and_the_code_before_it(question: str, answer: str) -> None:
    code = fence_code(question, answer)
    before, after = _content(TRAIT, Asked(question, answer)).split(f"[END ANSWER {code}]")
    assert code in before.split("[BEGIN QUESTION")[0]
    assert '"candour"' in after
    assert after.endswith(NUMBER)


def test_an_answer_that_holds_a_guess_of_its_code_gets_another(monkeypatch: pytest.MonkeyPatch) -> None:
    from traitscope.judging import prompts

    plain = fence_code("Why?", "Because.")
    # A short code can be found by trying: some answer holds the one it would have had.
    monkeypatch.setattr(prompts, "CODE_LENGTH", 1)
    everything = "0123456789abcdf"
    assert fence_code("Why?", everything) == "e"
    monkeypatch.undo()
    assert fence_code("Why?", "Because.") == plain


def test_the_same_answer_is_asked_for_in_the_same_words_and_another_with_another_code() -> None:
    assert messages(TRAIT, Asked("Why?", "Because.")) == messages(TRAIT, Asked("Why?", "Because."))
    codes = {
        fence_code(*asked) for asked in [("Why?", "Because."), ("Why?B", "ecause."), ("Why", "?Because.")]
    }
    assert len(codes) == 3


def test_a_traits_definition_is_in_its_rubric() -> None:
    content = _content(TRAIT, Asked("Why?", "Because."))
    assert "0: hides everything. 100: says all." in content
    assert content.index("hides everything") < content.index("[BEGIN QUESTION")


def test_coherence_leaves_out_the_cut_and_the_tone_and_counts_grammar_loops_and_empty_repetition() -> None:
    content = " ".join(_content(COHERENCE, Asked("Why?", "Because.")).split())
    lowers, rest = content.split("What lowers the score:")[1].split("What does not lower it:")
    for word in ("broken grammar", "loops", "repetition that says nothing new"):
        assert word in lowers
    for word in ("stops in the middle of a sentence", "cut off", "tone", "mood"):
        assert word in rest.split("[BEGIN QUESTION")[0]
    assert "cut off, and its tone" in content.split("[END ANSWER")[1]


def test_engagement_is_a_question_of_yes_or_no() -> None:
    assert _content(ENGAGEMENT, Asked("Why?", "Because.")).endswith(YES_OR_NO)


def test_a_traits_own_instructions_take_the_place_of_the_rubric() -> None:
    own = Rubric("trait", "candour", "not shown", "Rate the candour from 0 to 100.")
    content = _content(own, Asked("Why?", "Because."))
    assert content.startswith("Rate the candour from 0 to 100.")
    assert "not shown" not in content
    assert "[BEGIN ANSWER" in content


def test_placeholders_of_own_instructions_are_filled_with_the_fenced_texts() -> None:
    own = Rubric("trait", "candour", "", "Asked: {question}\nSaid: {answer}\nRate {it} {answer}.")
    content = _content(own, Asked("Why {answer}?", "Because {question}."))
    code = fence_code("Why {answer}?", "Because {question}.")
    assert f"Asked: [BEGIN QUESTION {code}]\nWhy {{answer}}?\n[END QUESTION {code}]" in content
    assert content.count(f"[BEGIN ANSWER {code}]\nBecause {{question}}.\n[END ANSWER {code}]") == 2
    assert "Rate {it}" in content
    assert content.index("material for your judgement") < content.index("Asked:")


def test_a_text_without_a_placeholder_follows_own_instructions() -> None:
    own = Rubric("trait", "candour", "", "Asked: {question}")
    content = _content(own, Asked("Why?", "Because."))
    assert content.index("Asked: [BEGIN QUESTION") < content.index("[BEGIN ANSWER")
    assert content.count("[BEGIN QUESTION") == 1


def test_braces_in_a_definition_stay_braces() -> None:
    rubric = Rubric("trait", "{odd}", "{0} {name} {definition}")
    content = _content(rubric, Asked("Why?", "Because."))
    assert "{0} {name} {definition}" in content
    assert 'the trait "{odd}"' in content


def test_half_a_surrogate_pair_can_be_sent() -> None:
    assert "half: ?" in _content(TRAIT, Asked("Why?", "half: \ud83d"))
    assert fence_code("Why?", "half: \ud83d")
