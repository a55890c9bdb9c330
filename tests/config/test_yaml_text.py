"""YAML by the rules of 1.2, with lines for what cannot be read."""

import math

import pytest

from traitscope.config.yaml_text import parse_yaml
from traitscope.errors import InputError


def refusal(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_yaml(text, "e.yaml")
    return str(caught.value)


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "6:26:2", "1:30", "2026-11-23", "007", "1_000"])
def test_words_that_yaml_1_1_would_read_as_something_else_stay_text(word):
    assert parse_yaml(f"key: {word}", "e.yaml") == {"key": word}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        *[("1e-3", 0.001), ("1E3", 1000.0), ("0.5", 0.5), (".5", 0.5), ("-2.", -2.0), (".inf", math.inf)],
        *[("7", 7), ("-7", -7), ("0", 0), ("'7'", "7")],
        *[("true", True), ("False", False), ("null", None), ("~", None), ("", None)],
    ],
)
def test_numbers_and_truths_are_read(word, value):
    read = parse_yaml(f"key: {word}", "e.yaml")

    assert read == {"key": value}
    assert isinstance(read, dict)
    assert type(read["key"]) is type(value)


def test_a_repeated_key_is_refused_with_both_lines():
    told = refusal("a: 1\nb: 2\na: 3\n")

    assert told == "e.yaml, line 3: the key 'a' is written twice, first in line 1; keep one of the two."


def test_a_repeated_key_is_found_at_any_depth_and_in_lists():
    assert "e.yaml, line 3: the key 'y'" in refusal("a:\n  - x: 1\n  - {y: 1, y: 2}\n")


def test_keys_repeated_in_different_places_are_no_repetition():
    assert parse_yaml("a: {x: 1}\nb: {x: 2}\nx: 3", "e.yaml") == {"a": {"x": 1}, "b": {"x": 2}, "x": 3}


def test_a_merged_key_may_be_written_again_beside_the_merge():
    assert parse_yaml("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}", "e.yaml") == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 1, "y": 3},
    }


@pytest.mark.parametrize(
    ("text", "key"), [("a: 1\n2: b", "'2'"), ("a: 1\ntrue: b", "'true'"), ("a: 1\n? [x]\n: b", "a list")]
)
def test_a_key_that_is_not_text_is_refused_with_its_line(text, key):
    told = refusal(text)

    assert told.startswith("e.yaml, line 2: the key")
    assert key in told


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: 1\nb: [1, 2\n", "line 3, column 1"),
        ("a: 1\n b: 2\n", "line 2, column 3"),
        ("a: 'x\n", "line 2, column 1"),
        ("a: 1\n\tb: 2\n", "line 2, column 1"),
        ("a: 1\nb: *nobody\n", "line 2, column 4"),
        ("a: 1\n---\nb: 2\n", "line 2, column 1"),
    ],
)
def test_what_does_not_parse_is_refused_with_line_and_column(text, place):
    assert refusal(text).startswith(f"e.yaml, {place}: this is not YAML (")


def test_a_tab_in_the_indentation_is_answered_with_spaces():
    assert refusal("a: 1\nb:\n\tc: 2\n").endswith("indent with spaces.")


def test_a_control_character_is_refused_with_its_line():
    assert (
        refusal("a: 1\nb: \x07\n") == "e.yaml, line 2: the character U+0007 has no place in YAML; delete it."
    )


@pytest.mark.parametrize("tag", ["!!int", "!!python/object/apply:os.system", "!mine"])
def test_tags_are_refused_so_that_nothing_is_ever_constructed(tag):
    assert refusal(f"a: 1\nb: {tag} '3'\n").startswith(f"e.yaml, line 2: the tag '{tag}' has no meaning here")


def test_hundreds_of_brackets_are_a_sentence_and_no_crash():
    assert "nested" in refusal("a: " + "[" * 500 + "]" * 500)


def test_a_value_that_contains_itself_is_read_or_refused_without_an_endless_loop():
    read = parse_yaml("a: &x [*x]", "e.yaml")

    assert isinstance(read, dict)
    assert read["a"][0] is read["a"]
