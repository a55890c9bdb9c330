"""Conversations and system prompts of a prompt set on their way: rendered, answered, read, refused."""

import json
from importlib import import_module
from typing import Any

import pytest
from tiny_run import Tiny

from traitscope.errors import InputError
from traitscope.experiment import open_experiment
from traitscope.planning import plan

VARIANTS = "infer: {variants: [chat, moved, plain], prompts: everyday, new_tokens: 12}"
RENDERED = [
    "<|turn|>system\nBe calm.</s>\n<|turn|>user\nWhy does it rain?</s>\n",
    "<|turn|>system\nBe sad.</s>\n<|turn|>user\nIs it flat?</s>\n<|turn|>assistant\nNo.</s>\n"
    "<|turn|>user\nAre you sure?</s>\n",
    "<|turn|>system\nBe odd.</s>\n<|turn|>user\nWhy does it rain?</s>\n",
]
"""Of the set below, by the tiny template, without beginning and end."""


@pytest.fixture
def doubts(finished: Tiny) -> Tiny:
    """A finished experiment that shall be inferred on other prompts: under the set's system prompt, a
    conversation, and under a system prompt of its own."""
    tiny = finished
    turns = [("system", "Be sad."), ("user", "Is it flat?"), ("assistant", "No."), ("user", "Are you sure?")]
    messages = [{"role": role, "content": content} for role, content in turns]
    prompts: list[dict[str, Any]] = [
        {"id": 1, "text": "Why does it rain?", "kind": "plain"},
        {"messages": messages, "kind": "doubt"},
        {"text": "Why does it rain?", "system_prompt": "Be odd."},
    ]
    (tiny.folder / "prompts/doubts.json").write_text(
        json.dumps({"system_prompt": "Be calm.", "prompts": prompts})
    )
    tiny.change(VARIANTS, "infer: {variants: [chat, moved], prompts: doubts, new_tokens: 12}")
    tiny.change("  - {before: chat, after: plain}\n", "")
    return tiny


def test_a_variant_answers_and_reads_what_the_template_makes_of_a_conversation(
    doubts: Tiny, monkeypatch: pytest.MonkeyPatch, tiny_llama: Any
) -> None:
    words: list[Any] = []
    capture = import_module("traitscope.inference.capture")
    read = capture.read_through

    def heard(model: Any, some: Any, *others: Any) -> Any:
        words.extend(some)
        return read(model, some, *others)

    monkeypatch.setattr(capture, "read_through", heard)
    doubts.run("infer")
    rows = doubts.rows("infer/chat/doubts/own/responses.jsonl")
    assert [row["id"] for row in rows] == ["1", "p002", "p003"]
    decode = tiny_llama.tokenizer.decode
    assert [decode(row["prompt"]) for row in rows] == [f"<s>{one}<|turn|>assistant\n" for one in RENDERED]
    moved = doubts.rows("infer/moved/doubts/own/responses.jsonl")
    expected = {(tuple(row["prompt"]), tuple(row["ids"])) for row in (*rows, *moved) if row["ids"]}
    assert {(one.prompt, one.response) for one in words} == expected


def test_a_plan_counts_the_tokens_of_conversations_and_system_prompts(doubts: Tiny) -> None:
    found = {one.work.subject: one.work for one in plan(open_experiment(doubts.file)).work}
    doubts.run("infer")
    rows = doubts.rows("infer/chat/doubts/own/responses.jsonl")
    prompts = sum(len(row["prompt"]) for row in rows)
    assert found["chat answers doubts"].read == prompts
    assert found["moved reads chat's words"].read == prompts + 3 * 12


def test_a_changed_field_makes_nothing_stale_and_a_changed_system_prompt_the_answers(doubts: Tiny) -> None:
    doubts.run("infer")
    before = doubts.states()
    doubts.change('"kind": "doubt"', '"kind": "second thoughts"', "prompts/doubts.json")
    assert doubts.states() == before
    doubts.change("Be calm.", "Be quiet.", "prompts/doubts.json")
    assert "infer: chat answers doubts" in doubts.stale()
    assert "infer: chat answers questions-sombre" not in doubts.stale()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, '
            '{"role": "user", "content": "c"}]}',
            "prompt 'p001' of set 'few' is a conversation",
        ),
        (
            '{"text": "a"}\n{"text": "b", "system_prompt": "Be sad."}',
            "prompt 'p002' of set 'few' stands under a system prompt",
        ),
    ],
)
def test_raw_text_has_no_place_for_them(tiny_experiment: Tiny, content: str, told: str) -> None:
    (tiny_experiment.folder / "prompts/few.jsonl").write_text(content)
    tiny_experiment.change(VARIANTS, "infer: {variants: [chat, moved, plain, base], prompts: few}")
    with pytest.raises(InputError) as caught:
        tiny_experiment.run("infer")
    assert "tiny.yaml, infer.variants: 'base' completes raw text, and " in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize("form", [".jsonl", ".csv"])
def test_the_form_of_a_set_makes_nothing_stale(finished: Tiny, form: str) -> None:
    path = finished.folder / "prompts/everyday.json"
    prompts = json.loads(path.read_text())["prompts"]
    content = {
        ".jsonl": "".join(json.dumps(one) + "\n" for one in prompts),
        ".csv": "id,text\n" + "".join(f"{one['id']},{one['text']}\n" for one in prompts),
    }
    path.unlink()
    path.with_suffix(form).write_text(content[form])
    assert set(finished.states().values()) <= {"done", "skipped"}
