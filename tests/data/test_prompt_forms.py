"""One prompt set as JSON, JSON Lines, CSV and plain lines: the same prompts, mistakes with their lines."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from traitscope.data import PROMPT_FORMS, Prompt, load_prompt_set
from traitscope.errors import InputError

# A zero byte is no text, half a character no UTF-8, and every line ends in "\n" once it is read.
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=20).filter(
    str.strip
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.text(st.characters(codec="utf-8"))
    | st.floats(allow_nan=False, allow_infinity=False)
)
ENTRIES = st.lists(
    st.fixed_dictionaries(
        {"id": WORDS, "text": WORDS, "system_prompt": st.none() | WORDS, "note": st.none() | WORDS}
    ),
    min_size=1,
    max_size=5,
    unique_by=(lambda one: one["id"], lambda one: one["text"]),
)
PATIENT = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str], Path]:
    """A file of this form and content."""

    def write(form: str, content: str) -> Path:
        path = tmp_path / f"few{form}"
        path.write_bytes(content.encode())
        return path

    return write


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_prompt_set(path)
    return str(caught.value)


def as_csv(entries: list[dict[str, Any]]) -> str:
    content = StringIO()
    table = csv.DictWriter(content, list(entries[0]))
    table.writeheader()
    table.writerows(entries)
    return content.getvalue()


@PATIENT
@given(entries=ENTRIES)
def test_json_lines_and_csv_say_what_json_says(
    written: Callable[..., Path], entries: list[dict[str, Any]]
) -> None:
    expected = [
        Prompt(one["id"], one["text"], one["system_prompt"], {"note": one["note"]}) for one in entries
    ]
    lines = "\n".join(json.dumps(one) for one in entries)
    for form, content in (
        (".json", json.dumps({"prompts": entries})),
        (".jsonl", lines),
        (".csv", as_csv(entries)),
    ):
        found = load_prompt_set(written(form, content))
        assert list(found.prompts) == expected
        assert found.name == "few"


@PATIENT
@given(fields=st.dictionaries(st.text("abcxyz_", min_size=6), SCALARS, max_size=4))
def test_fields_of_any_scalar_are_the_same_in_json_and_json_lines(
    written: Callable[..., Path], fields: dict[str, Any]
) -> None:
    entry = {**fields, "text": "Why?"}
    for form, content in ((".json", json.dumps({"prompts": [entry]})), (".jsonl", json.dumps(entry))):
        (found,) = load_prompt_set(written(form, content)).prompts
        assert found.fields == fields
        assert [type(one) for one in found.fields.values()] == [type(one) for one in fields.values()]


@PATIENT
@given(texts=st.lists(WORDS.map(lambda one: " ".join(one.split())), min_size=1, unique=True))
def test_plain_lines_are_the_texts_of_json(written: Callable[..., Path], texts: list[str]) -> None:
    texts = [one for one in texts if not one.startswith(("#", "\ufeff"))] or ["Why?"]
    found = load_prompt_set(written(".txt", "\n".join(texts)))
    same = load_prompt_set(written(".json", json.dumps({"prompts": [{"text": one} for one in texts]})))
    assert found == same
    assert [one.text for one in found.prompts] == texts


def test_blank_lines_and_remarks_are_no_prompts(written: Callable[..., Path]) -> None:
    found = load_prompt_set(written(".txt", "# weather\n\nWhy does it rain? \r\n  \n#\nIs it #1?\n"))
    assert found.prompts == (Prompt("p001", "Why does it rain?"), Prompt("p002", "Is it #1?"))


def test_a_column_of_csv_is_a_field_and_an_empty_cell_is_nothing(written: Callable[..., Path]) -> None:
    content = '\ufeffkind, text,level,id\r\nodd,"Yes, but ""why""?\nReally?",3,\r\n,Hm?,,007\r\n'
    found = load_prompt_set(written(".csv", content))
    assert found.prompts == (
        Prompt("p001", 'Yes, but "why"?\nReally?', fields={"kind": "odd", "level": "3"}),
        Prompt("007", "Hm?", fields={"kind": None, "level": None}),
    )


def test_columns_of_csv_may_hold_system_prompts(written: Callable[..., Path]) -> None:
    found = load_prompt_set(written(".csv", "system_prompt,text\nBe sad.,Why?\n,Why?\n"))
    assert [one.system_prompt for one in found.prompts] == ["Be sad.", None]


@pytest.mark.parametrize(
    ("form", "content", "told"),
    [
        (".csv", "", "few.csv: the file is empty; write a header"),
        (".csv", "text\n", "few.csv: there is no prompt in it"),
        (".csv", "prompt,id\nWhy?,a\n", "no column 'text' ('prompt, id'); rename the column 'prompt' to"),
        (".csv", "Text,id\nWhy?,a\n", "rename the column 'Text' to 'text'"),
        (".csv", "text;id\nWhy?;a\n", "separate the columns by commas, not by semicolons"),
        (".csv", "Why?\nHow?\n", "there is no column 'text' ('Why?'); name the columns in the first line"),
        (".csv", "id,text\na,Why?\nb,Yes, why?\n", "line 3: the row has 3 cells, and the header 2 cells;"),
        (".csv", 'id,text\na,"Why?\nHow?"\n\nb\n', "line 5: the row has 1 cell, and the header 2 cells"),
        (".csv", 'id,text\na,"Why?" how\n', "few.csv, line 2: this is not CSV ("),
        (".csv", 'id,text\na,Why?\nb,"How?\n\n', "few.csv, line 3: this is not CSV (unexpected end of data)"),
        (".csv", "text,id,id\nWhy?,a,b\n", "line 1: two columns are called 'id'"),
        (".csv", "text,\nWhy?,\n", "line 1: column 2 has no name"),
        (".csv", "text,messages\nWhy?,x\n", "a row holds one message, and there is a column 'messages'"),
        (".csv", "text,trait\nWhy?,x\n", "few.csv, line 2: the field 'trait' has the name of a column"),
        (".csv", "id,text\na,Why?\nb,\n", "few.csv, line 3, text: it is empty"),
        (".csv", "id,text\na,Why?\na,How?\n", "few.csv: lines 2 and 3 have the same id"),
        (".csv", "text\nWhy?\n\nWhy?\n", "few.csv: lines 2 and 4 have the same text"),
        (".txt", "\n# nothing\n", "few.txt: there is no prompt in it"),
        (".txt", "Why?\n\nWhy?\n", "few.txt: lines 1 and 3 have the same text"),
        (".jsonl", "", "few.jsonl: there is no prompt in it"),
        (".jsonl", '{"text": "Why?"}\n{"text": }\n', "few.jsonl, line 2, column 10: this is not JSON"),
        (".jsonl", '{"text": "Why?"}\n"How?"\n', "few.jsonl, line 2: found 'How?'; write an object"),
        (".jsonl", '{"text": "Why?"}\n\n{"text": "How?"}\n', "few.jsonl, line 2: the line is blank"),
        (".jsonl", '{"txt": "Why?"}\n', "few.jsonl, line 1: the key 'text' is missing; rename 'txt'"),
        (".yaml", "text: Why?", "its name does not say its form; let it end in one of .json, .jsonl"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_its_line(
    written: Callable[..., Path], form: str, content: str, told: str
) -> None:
    assert told in refusal(written(form, content))


@pytest.mark.parametrize("form", PROMPT_FORMS)
def test_what_is_not_utf8_is_told_with_its_line(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"few{form}"
    path.write_bytes("Why?\nCaf\u00e9?".encode("latin-1"))
    assert f"few{form}, line 2: byte 0xe9 is not UTF-8 text" in refusal(path)
