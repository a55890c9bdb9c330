"""Chat prompts with a system prompt are no half-written scenes: what asks for a half sentence passes them."""

import json
from pathlib import Path

import pytest
from small_set import Copy
from spoiling import THINGS

SCENES = (Path(__file__).parent / "curiosity" / "positive.txt").read_text().splitlines()


@pytest.fixture
def chat(good: Copy) -> Copy:
    """The same 24 prompts on both sides under other system prompts."""
    for pole, system in (
        ("positive", "You want to know everything."),
        ("negative", "You want to know nothing."),
    ):
        prompts = [f"{line}?" for line in SCENES]
        (good.folder / f"{pole}.txt").unlink()
        good.write(f"{pole}.jsonl", [_prompt(prompt, system) for prompt in prompts])
    return good


def _prompt(text: str, system: str) -> str:
    return json.dumps({"prompt": text, "system_prompt": system})


def test_prompts_that_end_and_are_the_same_on_both_sides_are_in_order(chat: Copy):
    codes = {finding.code for finding in chat.report().findings}

    assert not codes & {"ends-sentence", "too-short", "same-ending", "open-ending", "near-duplicate-across"}
    assert not codes & {"near-duplicate", "same-on-both-sides", "bag-of-words", "leak-word"}


def test_moulds_and_repeats_among_prompts_are_found(chat: Copy):
    cleaned = [_prompt(f"How should I clean the {thing} of my aunt?", "Be kind.") for thing in THINGS]
    chat.write("positive.jsonl", [*cleaned[:7], cleaned[0], *cleaned[8:]])

    assert [(one.file.name, one.line) for one in chat.found("repeated-scene")] == [("positive.jsonl", 8)]
    assert chat.found("same-opening")


def test_the_same_prompt_under_the_same_system_prompt_on_both_sides_is_a_leak(chat: Copy):
    chat.replace("negative.jsonl", 5, chat.lines("positive.jsonl")[4])

    assert [finding.line for finding in chat.found("same-on-both-sides")] == [5]


def test_plain_strings_are_half_written_scenes(good: Copy):
    lines = [json.dumps(line) for line in good.lines("positive.txt")]
    (good.folder / "positive.txt").unlink()
    good.write("positive.jsonl", [*lines[:-1], json.dumps("It was the third of May, and it was over.")])

    assert [(finding.file.name, finding.line) for finding in good.found("ends-sentence")] == [
        ("positive.jsonl", 24)
    ]


def test_an_invisible_character_in_a_system_prompt_is_found(chat: Copy):
    chat.replace("negative.jsonl", 6, _prompt(f"{SCENES[5]}?", "You want to know\u200b nothing."))

    assert [(finding.file.name, finding.line) for finding in chat.found("control-character")] == [
        ("negative.jsonl", 6)
    ]


def test_lines_of_a_system_prompt_are_nothing_odd(chat: Copy):
    chat.replace("negative.jsonl", 6, _prompt(f"{SCENES[5]}?", "You are calm.\nYou want to know nothing."))

    assert not chat.found("control-character")
