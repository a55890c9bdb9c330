"""Mistakes in the experiment file: one sentence with file, key, what was found and the mend."""

from collections.abc import Callable
from typing import Any

import pytest
from tiny_place import Place

NAN = float("nan")

MISTAKES: dict[str, tuple[str, Any, tuple[str, ...]]] = {
    "an unknown key": (
        "steer.momentun",
        0.5,
        ("tiny.yaml, steer.momentun", "unknown key", "did you mean 'momentum'?"),
    ),
    "an unknown value": (
        "extract.methods",
        ["mean_dif"],
        ("tiny.yaml, extract.methods[0]", "the text 'mean_dif'", "did you mean 'mean_diff'?"),
    ),
    "an unknown judge": (
        "steer.judge",
        "oracle",
        ("steer.judge", "no judge 'oracle'", "write one of lexicon"),
    ),
    "a repeated trait name": (
        "traits",
        ["sombre", "moods/sombre"],
        ("tiny.yaml, traits[1]", "'sombre' comes twice", "name it once"),
    ),
    "an experiment that leaves its folder": (
        "name",
        "../x",
        ("tiny.yaml, name", "'../x' cannot be the name of a folder", "use letters"),
    ),
    "a trait that leaves its folder": (
        "traits",
        ["../x"],
        ("tiny.yaml, traits[0]", "'../x' is not a name inside", "write a name"),
    ),
    "a prompt set that leaves its folder": (
        "infer.prompts",
        "../x",
        ("infer.prompts", "'../x'", "write a name"),
    ),
    "reversed layers": ("steer.layers", "3:1", ("steer.layers", "'3:1' runs backwards", "write '1:3'")),
    "no layers": ("steer.layers", "", ("steer.layers", "no layers are given", "write layers such as")),
    "no new tokens": ("steer.new_tokens", 0, ("steer.new_tokens", "found 0", "whole number from 1")),
    "a negative threshold": ("steer.threshold", -1, ("steer.threshold", "found -1", "from 0 to 100")),
    "a seed in quotes": ("seed", "7", ("seed", "the text '7'", "a whole number", "without quotes")),
    "half a seed": ("seed", 0.5, ("seed", "found 0.5", "a whole number")),
    "a coefficient that is not a number": ("steer.start", NAN, ("steer.start", "NaN", "a number above 0")),
}


@pytest.mark.parametrize(("key", "value", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_the_file_is_refused_in_one_sentence(
    place: Place, refusal: Callable[..., str], key: str, value: Any, words: tuple[str, ...]
) -> None:
    place.change(key, value)
    sentence = refusal()
    assert all(word in sentence for word in words), sentence
    assert "more mistake" not in sentence
    assert not place.made.exists()


def test_nan_is_read_as_yaml_writes_it(place: Place, refusal: Callable[..., str]) -> None:
    place.file.write_text(place.file.read_text().replace("layers: 1,2", "layers: 1,2\n  start: .nan"))
    assert "steer.start: found NaN (not a number); write a number above 0" in refusal()


def test_yaml_that_does_not_parse_is_refused_with_its_line(place: Place, refusal: Callable[..., str]) -> None:
    place.file.write_text("name: tiny\ntraits: [sombre\nseed: 0\n")
    sentence = refusal()
    assert sentence.startswith("tiny.yaml, line 3, column ")
    assert "this is not YAML" in sentence


def test_a_key_written_twice_is_refused_with_both_lines(place: Place, refusal: Callable[..., str]) -> None:
    lines = place.file.read_text().count("\n")
    place.file.write_text(place.file.read_text() + "name: other\n")
    assert refusal() == (
        f"tiny.yaml, line {lines + 1}: the key 'name' is written twice, first in line 1; keep one of the two."
    )


@pytest.mark.parametrize("command", ["run", "extract", "steer", "infer", "compare", "report", "status"])
def test_every_command_refuses_a_bad_file_alike(
    place: Place, refusal: Callable[..., str], command: str
) -> None:
    place.change("seed", "x")
    assert refusal(command, "tiny.yaml").startswith(
        "tiny.yaml, seed: found the text 'x'; write a whole number"
    )


def test_an_unknown_experiment_is_refused_with_the_nearest_name(
    place: Place, refusal: Callable[..., str]
) -> None:
    place.made.mkdir(parents=True)
    (place.made / "experiment.yaml").write_text(place.file.read_text())
    assert refusal("run", "tinny").endswith("nor an example; did you mean 'tiny'?")


def test_an_experiment_that_does_not_exist_is_refused_with_how_to_begin(refusal: Callable[..., str]) -> None:
    assert refusal("run", "moods").startswith("experiment 'moods': is neither a file, a folder")
    assert refusal("status", "moods").endswith("write one with: traitscope new NAME.")
