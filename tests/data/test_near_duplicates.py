"""Scenes that share four fifths of their words stay together."""

import time
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from traitscope.data import near_duplicate_groups, near_duplicate_pair_groups
from traitscope.data.duplicates import near_duplicates

TEXTS = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=8).map(" ".join), max_size=12)


def test_four_of_five_words_are_enough_and_seven_of_nine_are_not():
    assert near_duplicate_groups(["one two three four five", "one two three four"]).tolist() == [
        0,
        0,
    ]  # 4 / 5
    seven_of_nine = ["a b c d e f g h", "a b c d e f g i"]
    assert near_duplicate_groups(seven_of_nine).tolist() == [0, 1]


def test_case_punctuation_order_and_repetition_make_no_difference():
    assert near_duplicate_groups(["The old dog sleeps, it sleeps.", "it SLEEPS; the dog: old"]).tolist() == [
        0,
        0,
    ]


def test_chains_join_what_is_not_alike_by_itself():
    chain = ["a b c d e f g h i j", "b c d e f g h i j k", "c d e f g h i j k l"]  # 9/11, 9/11, 8/12

    assert near_duplicate_groups([chain[0], chain[2]]).tolist() == [0, 1]
    assert near_duplicate_groups(chain).tolist() == [0, 0, 0]


def test_groups_are_numbered_in_order_of_appearance():
    groups = near_duplicate_groups(["x y", "p q", "y x", "r s", "q p"])

    assert groups.tolist() == [0, 1, 0, 2, 1]
    assert groups.dtype == np.int64
    assert near_duplicate_groups([]).shape == (0,)


@given(TEXTS)
def test_groups_are_the_connected_parts_of_the_graph_of_overlaps(texts):
    words = [set(text.split()) for text in texts]
    near = [[5 * len(a & b) >= 4 * len(a | b) for b in words] for a in words]
    groups = near_duplicate_groups(texts)

    if texts:
        _, expected = connected_components(np.array(near), directed=False)
        assert ((groups[:, None] == groups) == (expected[:, None] == expected)).all()


def test_pairs_share_a_group_where_any_of_their_scenes_are_alike():
    positive = ["a b c d e", "k l m n o", "u v w x y", "p q r s t"]
    negative = ["a b c d z", "p q r s", "f g h i j", "1 2 3 4 5"]  # the second is like the fourth's positive

    assert near_duplicate_pair_groups(positive, negative).tolist() == [0, 1, 2, 1]


def test_the_two_scenes_of_a_pair_may_be_alike_without_joining_it_to_others():
    scenes = ["a b c d e f", "g h i j k l"]

    assert near_duplicate_pair_groups(scenes, scenes).tolist() == [0, 1]


def test_poles_of_different_length_are_no_pairs():
    with pytest.raises(ValueError, match="2 positive and 1 negative"):
        near_duplicate_pair_groups(["a", "b"], ["c"])


def test_two_hundred_scenes_take_less_than_a_tenth_of_a_second():
    draw = np.random.default_rng(0)
    scenes = [" ".join(f"word{number}" for number in draw.integers(0, 900, 35)) for _ in range(200)]

    def seconds() -> float:
        start = time.process_time()
        near_duplicate_pair_groups(scenes[:100], scenes[100:])
        return time.process_time() - start

    assert min(seconds() for _ in range(3)) < 0.1


@given(TEXTS, st.sampled_from([0.0, 0.3, 0.6, 0.8, 0.99]))
def test_near_duplicates_come_in_order_and_are_all_that_overlap_so_far(texts, overlap):
    words = [set(text.split()) for text in texts]
    expected = [
        (a, b)
        for a, b in combinations(range(len(texts)), 2)
        if len(words[a] & words[b]) >= Fraction(str(overlap)) * len(words[a] | words[b])
    ]

    assert near_duplicates(texts, overlap) == expected
