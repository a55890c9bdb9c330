"""Questions for the search and for the report: drawn by a seed, never shared."""

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.data import Scene, Trait, load_trait, split_questions
from traitscope.errors import InputError


@pytest.fixture
def trait(trait_folder):
    return load_trait(trait_folder)


def test_searched_and_reported_questions_are_different_ones_in_the_files_order(trait):
    split = split_questions(trait, search=10, report=20, seed=0)

    assert (len(split.search), len(split.report), split.in_sample) == (10, 20, False)
    assert set(split.search) | set(split.report) == set(trait.questions)
    for drawn in (split.search, split.report):
        assert list(drawn) == [question for question in trait.questions if question in drawn]


@given(seed=st.integers(0, 2**32 - 1), search=st.integers(1, 20), report=st.integers(5, 10))
def test_no_seed_lets_the_report_see_a_searched_question(seed, search, report):
    questions = tuple(f"What about {number}?" for number in range(30))
    split = split_questions(_trait(questions), search, report, seed)

    assert len(set(split.search)) == search
    assert len(set(split.report)) == report
    assert set(split.search).isdisjoint(split.report)
    assert split == split_questions(_trait(questions), search, report, seed)


def test_every_question_is_searched_by_some_seed_and_reported_by_another(trait):
    splits = [split_questions(trait, 10, 10, seed) for seed in range(60)]

    assert {question for split in splits for question in split.search} == set(trait.questions)
    assert {question for split in splits for question in split.report} == set(trait.questions)


def test_more_report_questions_leave_the_searched_ones_as_they_are(trait):
    few, many = split_questions(trait, 10, 5, seed=3), split_questions(trait, 10, 20, seed=3)

    assert few.search == many.search
    assert set(few.report) < set(many.report)


def test_the_same_questions_are_reported_as_in_sample(trait):
    split = split_questions(trait, search=10, report="same", seed=0)

    assert split.report == split.search == split_questions(trait, 10, 20, seed=0).search
    assert split.in_sample


def test_fewer_questions_than_asked_are_told_with_their_numbers(trait):
    with pytest.raises(InputError) as caught:
        split_questions(trait, search=12, report=20, seed=0)

    assert str(caught.value).endswith(
        "gloom/steering.json, questions: there are 30 questions, and 12 to search and 20 to report are asked"
        " for; write 2 more, or lower steer.questions or steer.report_questions."
    )
    with pytest.raises(InputError, match="are 30 questions, and 31 to search are asked for; write 1 more"):
        split_questions(trait, search=31, report="same", seed=0)


def test_an_empty_list_is_told_as_such(trait):
    with pytest.raises(InputError, match="there are no questions to steer with; write at least 30"):
        split_questions(dataclasses.replace(trait, questions=()), search=10, report=20, seed=0)


def _trait(questions):
    return Trait(
        name="t",
        folder=Path("t"),
        positive=(Scene("a", None, 1),),
        negative=(Scene("b", None, 1),),
        paired=True,
        definition="d",
        questions=questions,
        trait_prompt=None,
        lexicon=None,
        system_prompt=None,
        direction="positive",
        eval_prompt=None,
        labelled=(),
        waived={},
        extra={},
        notes=(),
    )
