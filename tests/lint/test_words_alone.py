"""The bag-of-words classifier: what it can tell apart, what it must not, and what it says."""

import random
from collections.abc import Callable

from small_set import Copy

from traitscope.lint.bag_of_words import bag_of_words
from traitscope.lint.reading import read_draft

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def drawn(draw: random.Random, words: int = 12) -> str:
    return " ".join(draw.choice(LETTERS) + draw.choice("aeiou") + draw.choice("lmn") for _ in range(words))


def test_sides_of_the_same_words_are_at_chance(scenes_of: Callable[..., Copy]):
    draw = random.Random(1)
    aucs = []
    for _ in range(8):
        copy = scenes_of(*[[drawn(draw) for _ in range(60)] for _ in range(2)])
        found = bag_of_words(read_draft(copy.folder))
        assert found
        aucs.append(found.auc)

    assert 0.42 < sum(aucs) / len(aucs) < 0.58


def test_a_word_on_one_side_is_found_and_named(scenes_of: Callable[..., Copy]):
    draw = random.Random(2)
    copy = scenes_of(
        [f"{drawn(draw)} rhubarb" for _ in range(40)], [f"{drawn(draw)} celery" for _ in range(40)]
    )

    found = bag_of_words(read_draft(copy.folder))

    assert found and found.auc > 0.99
    assert (found.positive[0], found.negative[0]) == ("rhubarb", "celery")


def test_near_duplicates_are_held_out_together(scenes_of: Callable[..., Copy]):
    """Five wordings of each of eight pairs: who has learned one knows the others, and no word helps else."""
    draw = random.Random(3)
    sides = [[drawn(draw, 20) for _ in range(8)] for _ in range(2)]
    copies = [[f"{text} variant{number}" for text in side for number in range(5)] for side in sides]

    found = bag_of_words(read_draft(scenes_of(*copies).folder))

    assert found and found.auc < 0.8


def test_a_chance_split_is_the_same_twice_and_short_sets_have_none(good: Copy):
    draft = read_draft(good.folder)
    assert bag_of_words(draft) == bag_of_words(draft)

    good.write("positive.txt", good.lines("positive.txt")[:19])
    assert bag_of_words(read_draft(good.folder)) is None


def test_sides_of_other_sizes_are_split_by_scene(scenes_of: Callable[..., Copy]):
    draw = random.Random(4)
    copy = scenes_of([f"{drawn(draw)} rhubarb" for _ in range(40)], [drawn(draw) for _ in range(25)])

    found = bag_of_words(read_draft(copy.folder))

    assert found and found.auc > 0.99
