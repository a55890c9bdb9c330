"""One prompt: what is asked, under which system prompt, and the fields that results can be grouped by."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from reprlib import repr as shortened
from typing import Any, Literal, NamedTuple

from traitscope.config import nearest, one_of
from traitscope.errors import InputError

Scalar = str | int | float | bool | None
Role = Literal["user", "assistant"]

COLUMNS = (
    *("prompt", "token", "text", "side", "trait", "variant", "layer", "method"),
    *("raw", "cosine", "normalised", "value"),
)
"""Of the tables of tokens: a field of one of these names could not be joined to them."""
_OWN = ("id", "text", "messages", "system_prompt")
OTHER_WORDS = ("prompt", "question", "instruction", "input", "content")
"""What other tools call the text."""
_MESSAGE = 'write {"role": "user", "content": "..."}'
_LARGEST = 2**63 - 1


class Turn(NamedTuple):
    """A message of a conversation."""

    role: Role
    content: str


Conversation = str | tuple[Turn, ...]
"""What is asked: one message of the user, or several turns, of which the last is the user's."""


@dataclass(frozen=True)
class Prompt:
    """What a variant is asked."""

    id: str
    asked: Conversation
    system_prompt: str | None = None
    """Takes the place of the variant's; None is the variant's own."""
    fields: Mapping[str, Scalar] = field(default_factory=dict, hash=False)
    """All else that was written beside it, `note` included."""

    @property
    def text(self) -> str:
        """What is asked, for judges and for people: a conversation with its speakers' names."""
        if isinstance(self.asked, str):
            return self.asked
        return "\n\n".join(f"{turn.role}: {turn.content}" for turn in self.asked)


def read_prompt(entry: Any, where: str, made_id: str) -> Prompt:
    """The prompt that an object or a row stands for.

    Args:
        entry: keys with values; null is as if the key were not there.
        where: its place, for errors.
        made_id: the id of a prompt that was given none.

    Raises:
        InputError: another shape, no text, a conversation that is none, a field that no table can hold.
    """
    if not isinstance(entry, dict):
        mend = 'write an object such as {"id": "tea", "text": "..."}'
        raise InputError(where, f"found {shortened(entry)}", mend)
    identifier = _identifier(entry.get("id"), where, made_id)
    system_prompt = checked_system_prompt(entry.get("system_prompt"), where)
    asked: Conversation
    if entry.get("messages") is None:
        asked = _text(entry, where)
    else:
        if entry.get("text") is not None:
            raise InputError(where, "'text' and 'messages' are both there", "keep one of the two")
        first, asked = _conversation(entry["messages"], where)
        if first is not None and system_prompt is not None:
            what = "'system_prompt' and a message of the system are both there"
            raise InputError(where, what, "keep one of the two")
        system_prompt = system_prompt or first
    fields = {key: _field(key, value, where) for key, value in entry.items() if key not in _OWN}
    return Prompt(identifier, asked, system_prompt, fields)


def checked_system_prompt(value: object, where: str) -> str | None:
    """A system prompt that a user wrote, or none.

    Raises:
        InputError: it is empty or no text.
    """
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise InputError(
            f"{where}, system_prompt", f"found {shortened(value)}", "write text, or leave it out"
        )
    return value


def _identifier(value: object, where: str, made: str) -> str:
    if value is None:
        return made
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{where}, id", f"found {shortened(value)}", "write text or a whole number")
    return value


def _text(entry: Mapping[str, Any], where: str) -> str:
    if "text" not in entry:
        others = [key for key in OTHER_WORDS if key in entry]
        guess = others[0] if others else nearest("text", entry)
        mend = f"rename '{guess}' to 'text'" if guess else 'add "text": "..."'
        raise InputError(where, "the key 'text' is missing", mend)
    text = entry["text"]
    if not isinstance(text, str) or not text.strip():
        found = "it is empty" if text is None else f"found {shortened(text)}"
        raise InputError(f"{where}, text", found, "write what the model is asked, or remove the prompt")
    return text


def _conversation(value: object, where: str) -> tuple[str | None, Conversation]:
    """The leading message of the system, if there is one, and the turns after it."""
    where = f"{where}, messages"
    if not isinstance(value, list) or not value:
        raise InputError(
            where, f"found {shortened(value)}", 'write a list of {"role": "...", "content": "..."}'
        )
    messages = [_message(one, f"{where}[{number}]") for number, one in enumerate(value)]
    leading = messages[0][1] if messages[0][0] == "system" else None
    turns = []
    for number, (role, content) in enumerate(messages):
        if role != "system":
            turns.append(Turn("user" if role == "user" else "assistant", content))
        elif number:
            what = "a message of the system stands behind others"
            raise InputError(f"{where}[{number}]", what, "put it first, or make it the user's")
    if not turns or turns[-1].role != "user":
        what = f"the last message is the {'assistant' if turns else 'system'}'s, so nobody is asked anything"
        raise InputError(where, what, "end with a message of the user")
    return leading, turns[0].content if len(turns) == 1 else tuple(turns)


def _message(value: object, where: str) -> tuple[str, str]:
    if not isinstance(value, dict):
        raise InputError(where, f"found {shortened(value)}", _MESSAGE)
    for key in ("role", "content"):
        if key not in value:
            raise InputError(where, f"the key '{key}' is missing", _MESSAGE)
    role, content = value["role"], value["content"]
    if role not in ("system", "user", "assistant"):
        mend = f"write {one_of(str(role), ('system', 'user', 'assistant'))}"
        raise InputError(f"{where}, role", f"found {shortened(role)}", mend)
    if not isinstance(content, str) or not content.strip():
        raise InputError(
            f"{where}, content", f"found {shortened(content)}", "write what is said, as one text"
        )
    return role, content


def _field(name: str, value: Any, where: str) -> Scalar:
    """The value of a field; a list or an object as its JSON text."""
    if not name.strip():
        raise InputError(where, "a field has no name", "give it one")
    if name in COLUMNS:
        what = f"the field '{name}' has the name of a column of traitscope's tables"
        raise InputError(where, what, f"rename it, such as '{name}_of_prompt'")
    if isinstance(value, str):
        return value
    try:
        as_json = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise InputError(f"{where}, {name}", "NaN and infinity are no JSON", "write null") from None
    if isinstance(value, list | dict):
        return as_json
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise InputError(f"{where}, {name}", "a number is too large for a table", "write it in quotes")
    checked: Scalar = value
    return checked
