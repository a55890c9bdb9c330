"""Texts that exist already, to be read: transcripts, a training set's answers; in the forms of prompt sets.

Each is what a model is to be read on, and what came before it: `{"prompt", "response"}`, a conversation whose
last message is the assistant's (`messages`), or `text` alone, which answers nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from traitscope.data.prompt import Conversation, Prompt, Scalar, read_prompt
from traitscope.data.prompt_forms import read_written
from traitscope.errors import InputError

ANSWERS = ("response", "answer", "completion", "output")
"""What an answer is called, the first of them that is there."""
QUESTIONS = ("prompt", "question", "instruction", "input")


@dataclass(frozen=True)
class GivenText:
    """A text that is read.

    Attributes:
        id: of the entry.
        asked: what it answers; None of a text by itself.
        system_prompt: under which it was asked.
        text: what is read.
        fields: all else that was written beside it.
    """

    id: str
    asked: Conversation | None
    system_prompt: str | None
    text: str
    fields: Mapping[str, Scalar] = field(default_factory=dict)


def load_texts(path: Path) -> tuple[GivenText, ...]:
    """The texts in a file (JSON with `prompts`, JSON Lines, CSV, plain lines).

    Raises:
        InputError: the file cannot be used, an entry has nothing to read, or an id is there twice.
        WorkError: the system refuses to read it.
    """
    written = read_written(path)
    found = [
        _text(entry.value, f"{path}, {written.counted} {entry.number}", f"t{place:03d}")
        for place, entry in enumerate(written.entries, start=1)
    ]
    seen: set[str] = set()
    for one in found:
        if one.id in seen:
            raise InputError(str(path), f"the id '{one.id}' is there twice", "give each its own")
        seen.add(one.id)
    return tuple(found)


def _text(entry: Any, where: str, made: str) -> GivenText:
    if not isinstance(entry, dict):
        raise InputError(where, f"found {type(entry).__name__}", 'write {"prompt": "...", "response": "..."}')
    messages = entry.get("messages")
    if isinstance(messages, list) and messages:
        return _of_conversation(entry, messages, where, made)
    answer = next((key for key in ANSWERS if isinstance(entry.get(key), str) and entry[key].strip()), None)
    if answer is None:
        alone = read_prompt(entry, where, made)
        return GivenText(alone.id, None, None, str(alone.asked), alone.fields)
    question = next(
        (key for key in QUESTIONS if isinstance(entry.get(key), str) and entry[key].strip()), None
    )
    rest = {key: value for key, value in entry.items() if key not in (answer, question, "text")}
    asked = read_prompt({**rest, "text": entry[question] if question else "."}, where, made)
    return GivenText(
        asked.id, asked.asked if question else None, asked.system_prompt, entry[answer].strip(), asked.fields
    )


def _of_conversation(entry: dict[str, Any], messages: list[Any], where: str, made: str) -> GivenText:
    last = messages[-1]
    if (
        not isinstance(last, dict)
        or last.get("role") != "assistant"
        or not str(last.get("content", "")).strip()
    ):
        raise InputError(
            f"{where}, messages", "the last message is not the assistant's", "end with what is to be read"
        )
    asked: Prompt = read_prompt({**entry, "messages": messages[:-1]}, where, made)
    return GivenText(asked.id, asked.asked, asked.system_prompt, str(last["content"]).strip(), asked.fields)
