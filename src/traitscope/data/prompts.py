"""A prompt set on disk, checked: {"name", "description", "prompts": [{"id", "text", "note"}, ...]}."""

from dataclasses import dataclass
from pathlib import Path
from reprlib import repr as shortened
from typing import Any

from traitscope.config import nearest
from traitscope.data.json_text import read_object
from traitscope.errors import InputError


@dataclass(frozen=True)
class Prompt:
    """What a variant is asked."""

    id: str
    text: str
    note: str | None


@dataclass(frozen=True)
class PromptSet:
    """Prompts, each id and each text once; comparisons take them as independent replicates."""

    name: str
    prompts: tuple[Prompt, ...]


def load_prompt_set(path: Path) -> PromptSet:
    """The prompt set in a JSON file; without a name of its own it has the file's.

    Raises:
        InputError: missing, not UTF-8, not JSON (line and column), another shape, empty, an id or text twice.
        WorkError: the system refuses to read it.
    """
    content = read_object(path)
    name = content.get("name", path.stem)
    if not isinstance(name, str) or not name.strip():
        raise InputError(f"{path}, name", f"found {shortened(name)}", "write text, or leave the key out")
    entries = content.get("prompts")
    if not isinstance(entries, list):
        what = "this key is missing" if "prompts" not in content else f"found {shortened(entries)}"
        raise InputError(f"{path}, prompts", what, _SHAPE)
    if not entries:
        raise InputError(f"{path}, prompts", "the list is empty", _SHAPE)
    prompts = tuple(
        _prompt(entry, f"{path}, prompt {number}") for number, entry in enumerate(entries, start=1)
    )
    _refuse_repeated("id", [prompt.id for prompt in prompts], path)
    _refuse_repeated("text", [prompt.text for prompt in prompts], path)
    return PromptSet(name=name.strip(), prompts=prompts)


_SHAPE = 'write a list such as [{"id": "tea", "text": "How do I make tea?"}]'


def _prompt(entry: Any, where: str) -> Prompt:
    if not isinstance(entry, dict):
        raise InputError(
            where, f"found {shortened(entry)}", 'write an object such as {"id": "tea", "text": "..."}'
        )
    for key in ("id", "text"):
        if key not in entry:
            guess = nearest(key, entry)
            mend = f"rename '{guess}' to '{key}'" if guess else f'add "{key}": "..."'
            raise InputError(where, f"the key '{key}' is missing", mend)
    identifier, text, note = entry["id"], entry["text"], entry.get("note")
    if isinstance(identifier, int) and not isinstance(identifier, bool):
        identifier = str(identifier)
    if not isinstance(identifier, str) or not identifier.strip():
        raise InputError(f"{where}, id", f"found {shortened(entry['id'])}", "write text or a whole number")
    if not isinstance(text, str) or not text.strip():
        raise InputError(
            f"{where}, text",
            f"found {shortened(text)}",
            "write what the model is asked, or remove the prompt",
        )
    if note is not None and not isinstance(note, str):
        raise InputError(f"{where}, note", f"found {shortened(note)}", "write text, or leave the key out")
    return Prompt(id=identifier, text=text, note=note)


def _refuse_repeated(key: str, values: list[str], path: Path) -> None:
    first: dict[str, int] = {}
    for number, value in enumerate(values, start=1):
        if value in first:
            what = f"prompts {first[value]} and {number} have the same {key}"
            mend = (
                "give each its own"
                if key == "id"
                else "remove one: twice the same prompt is no second replicate"
            )
            raise InputError(str(path), what, mend)
        first[value] = number
