"""Borders of groups, whatever the length of an answer."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.config.groups import borders, group_of, shared_groups

LENGTH = st.integers(1, 5000)


def test_groups_are_eight_tokens_long_and_double_every_second_one_from_the_fifth_on() -> None:
    assert borders(200) == (0, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256)
    assert borders(8) == (0, 8)
    assert borders(9) == (0, 8, 16)
    assert borders(1) == (0, 8)
    assert borders(0) == (0,)


@given(LENGTH)
def test_every_token_is_in_one_group_and_the_last_group_is_not_empty(tokens: int) -> None:
    found = borders(tokens)
    assert found[-2] < tokens <= found[-1]
    for token in {0, tokens // 2, tokens - 1}:
        group = group_of(token)
        assert found[group] <= token < found[group + 1]


@given(LENGTH, LENGTH)
def test_the_borders_of_a_longer_answer_go_on_from_those_of_a_shorter_one(one: int, other: int) -> None:
    shorter, longer = borders(min(one, other)), borders(max(one, other))
    assert longer[: len(shorter)] == shorter


@given(LENGTH)
def test_a_group_is_no_longer_than_a_third_of_what_comes_before_its_end(tokens: int) -> None:
    found = borders(tokens)
    assert all(3 * (end - start) <= end for start, end in pairwise(found[4:]))


@given(LENGTH, LENGTH)
def test_shared_groups_end_where_the_shorter_answer_still_has_tokens(one: int, other: int) -> None:
    shared, shorter = shared_groups(one, other), min(one, other)
    assert shared == shared_groups(other, one)
    if one == other:
        assert borders(one)[shared] >= one
    else:
        assert borders(5001)[shared] <= shorter < borders(5001)[shared + 1]


@pytest.mark.parametrize(
    ("one", "other", "groups"), [(7, 9, 0), (8, 9, 1), (12, 12, 2), (47, 300, 4), (48, 300, 5)]
)
def test_shared_groups_of_some_lengths(one: int, other: int, groups: int) -> None:
    assert shared_groups(one, other) == groups
