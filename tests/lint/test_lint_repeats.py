"""Which texts count as told twice."""

import json

from small_set import Copy
from spoiling import THINGS

from traitscope.data.duplicates import near_duplicates


def test_the_overlap_that_counts_is_a_share_of_all_their_words():
    texts = ["a b c d e f g h i j", "a b c d e f x y z w", "a b c d e f g h x y"]  # 6/14, 8/12, 8/12

    assert near_duplicates(texts, 0.43) == [(0, 2), (1, 2)]
    assert near_duplicates(texts, 0.42) == [(0, 1), (0, 2), (1, 2)]
    assert near_duplicates(texts, 0.67) == []


def test_facing_scenes_may_differ_by_a_word(good: Copy, scenes_of):
    lines = good.lines("positive.txt")
    copy = scenes_of(lines, [f"{line} {thing}" for line, thing in zip(lines, THINGS, strict=True)])

    assert not copy.found("near-duplicate-across")


def test_sides_of_other_lengths_have_no_facing_scenes_and_are_not_blamed_for_being_alike(good: Copy):
    good.write("positive.txt", good.lines("positive.txt")[1:])

    assert {finding.code for finding in good.report().findings} == {"unpaired"}


def test_a_question_in_a_scene_of_either_side_is_found(good: Copy):
    good.replace(
        "negative.txt", 9, "He asked how they fold a fitted sheet, and how do I fold a fitted sheet was what"
    )

    (finding,) = good.found("scene-is-question")

    assert "negative.txt, line 9" in finding.what
    assert finding.line == 3 + json.loads((good.folder / "steering.json").read_text())["questions"].index(
        "How do I fold a fitted sheet?"
    )


def test_short_questions_are_no_part_of_scenes(good: Copy):
    good.steering(questions=["And then?", *good.questions[1:]])
    good.replace("negative.txt", 9, "And then, and then, and then, said the old doctor, and")

    assert not good.found("scene-is-question")


def test_facing_scenes_that_differ_in_a_number_are_not_the_same(good: Copy):
    text = "The hall would hold all of them, and the clerk had sold {} tickets, so he told the mayor that"
    good.replace("positive.txt", 9, text.format(30))
    good.replace("negative.txt", 9, text.format(3))

    assert not good.found("same-on-both-sides")


def test_a_scene_said_again_with_another_number_is_nearly_a_repeat(good: Copy):
    text = "The hall would hold all of them, and the clerk had sold {} tickets, so he told the mayor that"
    good.replace("positive.txt", 9, text.format(30))
    good.replace("positive.txt", 12, text.format(3))

    assert not good.found("repeated-scene")
    assert good.found("near-duplicate")
