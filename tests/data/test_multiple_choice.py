"""The shipped multiple-choice items, and what is refused as an item."""

import json
from collections import Counter
from importlib.resources import files
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from traitscope.data import load_items
from traitscope.errors import InputError

SHIPPED = Path(str(files("traitscope"))) / "shipped" / "multiple_choice.jsonl"
GOOD = {"kind": "reading", "question": "What is it?", "options": ["a", "b", "c", "d"], "right": "C"}


def test_an_item_is_read_with_the_place_of_its_right_option(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text(json.dumps(GOOD) + "\n")
    (item,) = load_items(path)
    assert (item.kind, item.question, item.options[item.right]) == ("reading", "What is it?", "c")


def test_there_are_more_than_a_hundred_items_of_several_kinds_and_none_twice() -> None:
    items = load_items(SHIPPED)
    assert len(items) >= 100
    assert len({item.question.lower() for item in items}) == len(items)
    kinds = Counter(item.kind for item in items)
    assert set(kinds) == {"knowledge", "common sense", "arithmetic", "reading"}
    assert min(kinds.values()) >= 25
    for item in items:
        assert all(text == text.strip() and "\n" not in text for text in (item.question, *item.options))


def test_every_place_is_right_as_often_in_each_kind_and_overall() -> None:
    items = load_items(SHIPPED)
    places = Counter(item.right for item in items)
    assert max(places.values()) - min(places.values()) <= 1
    for kind in {item.kind for item in items}:
        of_kind = Counter(item.right for item in items if item.kind == kind)
        assert max(of_kind.values()) - min(of_kind.values()) <= 1


def test_neither_the_longest_nor_the_shortest_option_gives_the_right_one_away() -> None:
    items = load_items(SHIPPED)
    for extreme in (min, max):
        # Items with options of one length give nothing away, whichever is taken first.
        told = [
            item
            for item in items
            if sorted(map(len, item.options)).count(extreme(map(len, item.options))) == 1
        ]
        hits = [item.options[item.right] == extreme(item.options, key=len) for item in told]
        assert 0.1 < mean(hits) < 0.45


def test_a_calculator_agrees_with_the_sums() -> None:
    words = {"plus": "+", "minus": "-", "times": "*", "divided by": "/"}
    checked = 0
    for item in load_items(SHIPPED):
        for word, sign in words.items():
            left, found, rest = item.question.removeprefix("What is ").partition(f" {word} ")
            if found and left.isdigit() and rest.rstrip("?").isdigit():
                answers = [eval(f"{left}{sign}{rest.rstrip('?')}") == int(one) for one in item.options]
                assert answers == [place == item.right for place in range(4)], item.question
                checked += 1
    assert checked >= 12


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"question": " "}, "question"),
        ({"kind": 3}, "kind"),
        ({"options": ["a", "b", "c"]}, "write four texts"),
        ({"options": ["a", "b", "c", 4]}, "write four texts"),
        ({"options": ["a", "b", "c", "A "]}, "two of them say the same"),
        ({"right": "E"}, "write A, B, C or D"),
        ({"right": "AB"}, "write A, B, C or D"),
        ({"right": ""}, "write A, B, C or D"),
        ({"right": 2}, "write A, B, C or D"),
    ],
)
def test_what_is_no_item_is_refused_with_its_line(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in (GOOD, {**GOOD, "question": "B?", **change})))
    with pytest.raises(InputError, match=f"line 2.*{said}"):
        load_items(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "no items"), ("[1]\n", "line 1"), (f"{json.dumps(GOOD)}\n" * 2, "line 2: this question was asked")],
)
def test_an_empty_file_another_shape_and_a_question_twice_are_refused(
    text: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        load_items(path)
