"""A JSON file of prompts to a prompt set, or to the sentence that says what is wrong with it."""

import json

import pytest

from traitscope.data import Prompt, load_prompt_set
from traitscope.errors import InputError

TEA = {"id": "tea", "text": "How do I make tea?", "note": "kitchen"}
RAIN = {"id": "rain", "text": "Why does it rain?"}


@pytest.fixture
def prompt_file(tmp_path):
    """Writes a value as neutral.json."""

    def write(content):
        path = tmp_path / "neutral.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write


def refusal(path) -> str:
    with pytest.raises(InputError) as caught:
        load_prompt_set(path)
    return str(caught.value)


def test_a_prompt_set_is_read_in_its_order(prompt_file):
    prompts = load_prompt_set(
        prompt_file({"name": "calm", "description": "no trait", "prompts": [TEA, RAIN]})
    )

    assert prompts.name == "calm"
    assert prompts.prompts == (
        Prompt("tea", "How do I make tea?", "kitchen"),
        Prompt("rain", "Why does it rain?", None),
    )


def test_a_set_without_a_name_has_the_files_and_ids_may_be_numbers(prompt_file):
    prompts = load_prompt_set(prompt_file({"prompts": [TEA | {"id": 7}]}))

    assert (prompts.name, prompts.prompts[0].id) == ("neutral", "7")


def test_a_missing_set_is_told_with_the_nearest_name(prompt_file):
    path = prompt_file({"prompts": [TEA]})

    assert "there is no such file; did you mean 'neutral.json'?" in refusal(path.with_name("nutral.json"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"prompts": []}, "neutral.json, prompts: the list is empty"),
        ({"name": "a"}, "neutral.json, prompts: this key is missing"),
        ({"prompts": {"tea": "?"}}, "neutral.json, prompts: found {'tea': '?'}; write a list"),
        ([TEA], "neutral.json: the file holds no JSON object"),
        ({"name": 3, "prompts": [TEA]}, "neutral.json, name: found 3"),
        ({"prompts": [TEA, "Why?"]}, "neutral.json, prompt 2: found 'Why?'; write an object"),
        (
            {"prompts": [{"id": "a", "txt": "b"}]},
            "prompt 1: the key 'text' is missing; rename 'txt' to 'text'",
        ),
        ({"prompts": [{"text": "b"}]}, "prompt 1: the key 'id' is missing; add \"id\""),
        ({"prompts": [TEA, RAIN | {"id": None}]}, "prompt 2, id: found None"),
        ({"prompts": [TEA, RAIN | {"id": True}]}, "prompt 2, id: found True"),
        ({"prompts": [TEA, RAIN | {"text": " "}]}, "prompt 2, text: found ' '"),
        ({"prompts": [TEA, RAIN | {"text": ["x"]}]}, "prompt 2, text: found ['x']"),
        ({"prompts": [TEA, RAIN | {"note": 3}]}, "prompt 2, note: found 3"),
        ({"prompts": [TEA, RAIN, RAIN | {"id": "tea"}]}, "neutral.json: prompts 1 and 3 have the same id"),
        (
            {"prompts": [TEA, RAIN | {"text": TEA["text"]}]},
            "neutral.json: prompts 1 and 2 have the same text",
        ),
        ('{"prompts": [\n {"id": "a" "text": "b"}]}', "neutral.json, line 2, column 13: this is not JSON"),
    ],
)
def test_each_mistake_is_told_with_its_place(prompt_file, content, told):
    assert told in refusal(prompt_file(content))
