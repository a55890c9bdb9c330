"""A JSON file of prompts to a prompt set, or to the sentence that says what is wrong with it."""

import inspect
import json
import re

import polars as pl
import pytest

from traitscope.data import Prompt, load_prompt_set, prompt_fields
from traitscope.data.prompt import COLUMNS
from traitscope.errors import InputError
from traitscope.inference import project

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
        Prompt("tea", "How do I make tea?", fields={"note": "kitchen"}),
        Prompt("rain", "Why does it rain?"),
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
        ({"prompts": [TEA, RAIN | {"id": True}]}, "prompt 2, id: found True"),
        ({"prompts": [TEA, RAIN | {"text": " "}]}, "prompt 2, text: found ' '"),
        ({"prompts": [TEA, RAIN | {"text": ["x"]}]}, "prompt 2, text: found ['x']"),
        ({"prompts": [TEA, {"id": "rain", "text": None}]}, "prompt 2, text: it is empty; write what"),
        ({"prompts": [{"prompt": "Why?"}]}, "the key 'text' is missing; rename 'prompt' to 'text'"),
        (
            {"prompts": [TEA], "system_promt": "Be calm."},
            "json, system_promt: unknown key; rename it to 'system_",
        ),
        ({"prompts": [TEA], "system_prompt": " "}, "neutral.json, system_prompt: found ' '; write text"),
        ({"prompts": [RAIN | {"system_prompt": 3}]}, "prompt 1, system_prompt: found 3; write text"),
        ({"prompts": [RAIN | {"": 3}]}, "prompt 1: a field has no name"),
        ({"prompts": [RAIN | {"share": float("nan")}]}, "prompt 1, share: NaN and infinity are no JSON"),
        ({"prompts": [RAIN | {"tags": [float("inf")]}]}, "prompt 1, tags: NaN and infinity are no JSON"),
        ({"prompts": [RAIN | {"big": 2**63}]}, "prompt 1, big: a number is too large for a table"),
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


def test_prompts_without_an_id_are_called_by_their_place(prompt_file):
    found = load_prompt_set(prompt_file({"prompts": [{"text": "a"}, TEA, RAIN | {"id": None}]}))
    assert [one.id for one in found.prompts] == ["p001", "tea", "p003"]


def test_numbers_become_ids_as_they_would_be_written(prompt_file):
    entries = [{"text": "a", "id": 7.0}, {"text": "b", "id": -3}]
    assert [one.id for one in load_prompt_set(prompt_file({"prompts": entries})).prompts] == ["7", "-3"]


def test_all_else_is_kept_as_fields_and_lists_as_their_json(prompt_file):
    extra = {"note": None, "level": 3, "share": 0.5, "hard": True, "tags": ["a", "é"], "from": {"page": 2}}
    (found,) = load_prompt_set(prompt_file({"prompts": [RAIN | extra]})).prompts
    assert found.fields == extra | {"tags": '["a", "é"]', "from": '{"page": 2}'}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_field_called_like_a_column_of_a_table_is_refused(prompt_file, name):
    told = f"prompt 1: the field '{name}' has the name of a column of traitscope's tables; rename it"
    # A text is no field: it is what is asked.
    entry = {"messages": [{"role": "user", "content": "Why?"}], name: "x"}
    told = "'text' and 'messages' are both there" if name == "text" else told
    assert told in refusal(prompt_file({"prompts": [entry]}))


def test_the_names_that_fields_may_not_have_are_the_columns_of_the_token_tables():
    said = re.search(r"Columns: ([^.]*)", inspect.getdoc(project) or "")
    assert said is not None
    columns = set(re.sub(r"\s+|\([^)]*\)", " ", said[1]).replace(" ", "").split(","))
    assert columns | {"variant", "value"} == set(COLUMNS)


def test_a_sets_system_prompt_is_that_of_every_prompt_without_one(prompt_file):
    own = RAIN | {"system_prompt": "Be sad."}
    in_chat = {"messages": [{"role": "system", "content": "Be odd."}, {"role": "user", "content": "Hm?"}]}
    found = load_prompt_set(prompt_file({"system_prompt": "Be calm.", "prompts": [TEA, own, in_chat]}))
    assert [one.system_prompt for one in found.prompts] == ["Be calm.", "Be sad.", "Be odd."]
    assert [one.text for one in found.prompts] == [TEA["text"], RAIN["text"], "Hm?"]


def test_one_text_may_be_asked_under_several_system_prompts(prompt_file):
    entries = [{"text": "Why?", "system_prompt": system} for system in ("Be calm.", "Be sad.", None)]
    assert len(load_prompt_set(prompt_file({"prompts": entries})).prompts) == 3


def test_a_field_can_be_joined_to_results_and_grouped_by(prompt_file):
    entries = [
        {"id": "a", "text": "A", "kind": "odd", "level": 1, "mixed": 3},
        {"id": "b", "text": "B", "kind": "even", "level": 2.5, "mixed": "x"},
        {"id": "c", "text": "C", "kind": "odd"},
    ]
    rows = prompt_fields(load_prompt_set(prompt_file({"prompts": entries})))
    assert rows[1] == {"prompt": "b", "kind": "even", "level": 2.5, "mixed": "x"}
    fields = pl.DataFrame(rows)
    assert fields.schema == {"prompt": pl.String, "kind": pl.String, "level": pl.Float64, "mixed": pl.String}
    results = pl.DataFrame({"prompt": ["a", "b", "c"], "raw": [1.0, 5.0, 3.0]})
    by_kind = results.join(fields, on="prompt").group_by("kind").agg(pl.col("raw").mean()).sort("kind")
    assert by_kind.rows() == [("even", 5.0), ("odd", 2.0)]
