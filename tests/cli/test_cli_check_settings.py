"""`traitscope check-settings`: a table for a person, JSON for a program, one sentence for a mistake."""

import json
from collections.abc import Callable

import pytest
from tiny_place import Place, Typed, the_sentence


def test_the_table_has_a_row_for_each_way_and_says_what_its_columns_are(
    finished: Place, typed: Callable[..., Typed]
) -> None:
    answer = typed("check-settings", "tiny.yaml", "--new-tokens", "3,6", "--sample", "3", "--quiet")
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0] == "sombre: the same questions under other settings"
    assert lines[1].split() == [
        "settings",
        "order",
        "difference",
        "side",
        "winner",
        "answers",
        "time",
        "speed",
    ]
    assert lines[2].startswith("as written: 6 tokens, float32")
    assert lines[3].startswith("3 tokens")
    assert lines[3].rstrip().endswith("x")
    assert lines[4] == ""
    assert [line.split()[0] for line in lines[5:]] == ["order", "difference", "side"]


def test_json_has_the_same_for_programs(finished: Place, typed: Callable[..., Typed]) -> None:
    words = ("--new-tokens", "3", "--new-tokens", "12", "--sample", "3", "--json", "--quiet")
    found = json.loads(typed("check-settings", "tiny.yaml", *words).out)
    assert [one["way"] for one in found] == ["as-written", "new-tokens-3", "new-tokens-12"]
    assert found[1]["agreement"]["sides"] == 6
    assert found[0]["agreement"] is None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("--new-tokens", "16,many"),
            "--new-tokens: 'many' is no number of tokens; write whole numbers such as 16,64.",
        ),
        (
            ("--trait", "gloom"),
            "--trait: tiny.yaml steers no trait 'gloom'; name sombre, the only choice.",
        ),
    ],
)
def test_a_mistake_is_one_sentence(
    place: Place, typed: Callable[..., Typed], words: tuple[str, ...], sentence: str
) -> None:
    answer = typed("check-settings", "tiny.yaml", *words)
    assert answer.code == 2
    assert the_sentence(answer.err) == sentence
