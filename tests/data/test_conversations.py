"""Prompts of several messages: what is a conversation, and what is told of one that is none."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from traitscope.data import Prompt, Turn, load_prompt_set
from traitscope.errors import InputError

USER, ANSWER = {"role": "user", "content": "Is it flat?"}, {"role": "assistant", "content": "No."}
DOUBT = {"role": "user", "content": "Are you sure?"}
SYSTEM = {"role": "system", "content": "Be brief."}


@pytest.fixture
def asked(tmp_path: Path) -> Callable[[Any], Prompt]:
    """The prompt of these messages, the only one of its set."""

    def load(messages: Any, **others: Any) -> Prompt:
        path = tmp_path / "doubts.jsonl"
        path.write_text(json.dumps({"messages": messages, **others}))
        return load_prompt_set(path).prompts[0]

    return load


def test_a_conversation_is_its_turns_under_the_leading_system_prompt(asked: Callable[..., Prompt]) -> None:
    found = asked([SYSTEM, USER, ANSWER, DOUBT])
    turns = (Turn("user", "Is it flat?"), Turn("assistant", "No."), Turn("user", "Are you sure?"))
    assert found == Prompt("p001", turns, "Be brief.")


def test_judges_and_people_read_a_conversation_with_its_speakers(asked: Callable[..., Prompt]) -> None:
    assert asked([SYSTEM, USER, ANSWER, DOUBT]).text == (
        "user: Is it flat?\n\nassistant: No.\n\nuser: Are you sure?"
    )


def test_one_message_of_the_user_is_the_same_as_a_text(asked: Callable[..., Prompt]) -> None:
    assert asked([USER]) == asked(None, text="Is it flat?") == Prompt("p001", "Is it flat?")


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ("Why?", "doubts.jsonl, line 1, messages: found 'Why?'; write a list"),
        ([], "messages: found []; write a list"),
        (["Why?"], "messages[0]: found 'Why?'; write {"),
        ([{"role": "user"}], "messages[0]: the key 'content' is missing"),
        ([{"content": "Why?"}], "messages[0]: the key 'role' is missing"),
        (
            [USER | {"role": "asistant"}],
            "messages[0], role: found 'asistant'; write one of system, user, assistant "
            "(did you mean 'assistant'?)",
        ),
        ([USER, ANSWER | {"role": ["user"]}], "messages[1], role: found ['user']"),
        ([USER | {"content": " "}], "messages[0], content: found ' '"),
        ([USER | {"content": [{"type": "text", "text": "Why?"}]}], "messages[0], content: found [{"),
        ([USER, ANSWER], "messages: the last message is the assistant's, so nobody is asked anything; end"),
        ([SYSTEM], "messages: the last message is the system's"),
        ([USER, SYSTEM, DOUBT], "messages[1]: a message of the system stands behind others; put it first"),
    ],
)
def test_each_mistake_in_a_conversation_is_told_with_its_place(
    asked: Callable[..., Prompt], messages: Any, told: str
) -> None:
    with pytest.raises(InputError) as caught:
        asked(messages)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ({"text": "Why?"}, "line 1: 'text' and 'messages' are both there; keep one"),
        ({"system_prompt": "Be sad."}, "line 1: 'system_prompt' and a message of the system are both there"),
    ],
)
def test_what_is_said_twice_is_refused(asked: Callable[..., Prompt], others: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        asked([SYSTEM, USER], **others)


def test_the_same_conversation_twice_is_refused_and_the_same_question_in_another_is_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "doubts.jsonl"
    path.write_text("\n".join(json.dumps({"messages": one}) for one in ([USER, ANSWER, DOUBT], [DOUBT])))
    assert len(load_prompt_set(path).prompts) == 2
    path.write_text("\n".join(json.dumps({"messages": [USER, ANSWER, DOUBT]}) for _ in range(2)))
    with pytest.raises(InputError, match=r"doubts.jsonl: lines 1 and 2 have the same text"):
        load_prompt_set(path)
