"""A folder in any state is looked at as far as it can be read, and the loader's refusals are all errors."""

import json

import pytest
from small_set import Copy
from spoiling import SPOILT

from traitscope.data import load_trait
from traitscope.errors import InputError
from traitscope.lint import CODES


@pytest.mark.parametrize("code", SPOILT)
def test_what_the_loader_refuses_is_an_error_and_what_it_loads_is_none(code: str, good: Copy):
    SPOILT[code].spoil(good)
    try:
        load_trait(good.folder)
        refused = False
    except InputError:
        refused = True

    assert bool(good.report().count("error")) == (refused or code == "control-character")


@pytest.mark.parametrize("code", [code for code in SPOILT if "and traitscope refuses" in CODES[code].harm])
def test_a_harm_that_speaks_of_a_refusal_is_one(code: str, good: Copy):
    SPOILT[code].spoil(good)

    with pytest.raises(InputError):
        load_trait(good.folder)


def test_other_checks_still_run_beside_what_cannot_be_read(good: Copy):
    good.replace("positive.txt", 2, "It was over.")
    for broken in ("not-utf8", "bad-json", "bad-value", "missing-file"):
        SPOILT[broken].spoil(good)

    codes = {finding.code for finding in good.report().findings}

    assert codes >= {"not-utf8", "bad-json", "bad-value", "missing-file", "ends-sentence", "no-questions"}


def test_an_empty_folder_is_all_missing_files(tmp_path):
    findings = Copy(tmp_path).report().findings

    missing = [finding.file.name for finding in findings if finding.code == "missing-file"]
    assert missing == ["positive.txt", "negative.txt", "definition.txt"]


@pytest.mark.parametrize(
    "content", ["[]", '"text"', "{", "", '{"questions": "none"}', '{"questions": [1, ""]}', "[" * 9999]
)
def test_steering_files_of_every_shape_are_survived(content: str, good: Copy):
    (good.folder / "steering.json").write_text(content)

    assert good.found("no-questions")


@pytest.mark.parametrize("line", ["[]", "3", "null", '{"prompt": 3}', '{"system_prompt": "x"}', "{", ""])
def test_chat_prompts_of_another_shape_are_named_by_line(line: str, good: Copy):
    (good.folder / "positive.txt").unlink()
    prompts = [
        json.dumps({"prompt": f"What is a {number}?", "system_prompt": "Be kind."}) for number in range(24)
    ]
    good.write("positive.jsonl", [*prompts[:4], line, *prompts[4:]])

    errors = [finding for finding in good.report().findings if finding.severity == "error"]

    assert {(finding.file.name, finding.line) for finding in errors} == {("positive.jsonl", 5)}


@pytest.mark.parametrize("line_end", [b"\r\n", b"\r"])
def test_other_line_ends_and_a_byte_order_mark_are_harmless(line_end: bytes, good: Copy):
    for name in ("positive.txt", "negative.txt", "definition.txt"):
        path = good.folder / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", line_end))

    assert good.report().findings == ()


@pytest.mark.parametrize("name", ["steering.json", "labelled.jsonl"])
def test_a_number_of_thousands_of_digits_is_a_finding(name: str, good: Copy):
    good.write(name, [f'{{"score": {"9" * 5_000}}}'])

    assert "bad-json" in {finding.code for finding in good.report().findings}
    with pytest.raises(InputError, match="thousands of digits"):
        load_trait(good.folder)


def test_a_blank_behind_the_last_scene_is_found_and_told_by_the_loader(good: Copy):
    lines = good.lines("positive.txt")
    (good.folder / "positive.txt").write_text("\n".join(lines) + " \n\n")

    assert [finding.line for finding in good.found("outer-blanks")] == [len(lines)]
    assert load_trait(good.folder).notes == ("positive.txt: spaces at the ends of 1 scene were dropped.",)
