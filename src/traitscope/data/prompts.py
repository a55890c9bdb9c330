"""A prompt set on disk, checked, in any of its forms (data/prompt_forms.py; docs/prompts.md)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from traitscope.data.prompt import Prompt, Scalar, read_prompt
from traitscope.data.prompt_forms import Written, read_written
from traitscope.errors import InputError


@dataclass(frozen=True)
class PromptSet:
    """Prompts, each id once and none asked twice; comparisons take them as independent replicates."""

    name: str
    prompts: tuple[Prompt, ...]


def load_prompt_set(path: Path) -> PromptSet:
    """The prompt set in a file, whose form its name says; without a name of its own it has the file's.

    A system prompt of the set is that of each prompt without one of its own. A prompt without an id is called
    by its place: p001, p002.

    Raises:
        InputError: missing, not UTF-8, not of its form (with line), another shape, empty, an id twice, or a
            text twice under one system prompt.
        WorkError: the system refuses to read it.
    """
    written = read_written(path)
    prompts = [
        read_prompt(entry.value, f"{path}, {written.counted} {entry.number}", f"p{place:03d}")
        for place, entry in enumerate(written.entries, start=1)
    ]
    prompts = [replace(one, system_prompt=one.system_prompt or written.system_prompt) for one in prompts]
    _refuse_repeated("id", [one.id for one in prompts], written, path)
    _refuse_repeated("text", [(one.asked, one.system_prompt) for one in prompts], written, path)
    return PromptSet(name=written.name, prompts=tuple(prompts))


def prompt_fields(prompts: PromptSet) -> list[dict[str, Scalar]]:
    """A row a prompt for a table that others are joined to: `prompt`, its id, and a column for every field.

    A column holds one kind of value: whole numbers beside others become floats, anything else that is mixed
    becomes text. A prompt without a field has None there.
    """
    names = dict.fromkeys(name for one in prompts.prompts for name in one.fields)
    columns = {name: _alike([one.fields.get(name) for one in prompts.prompts]) for name in names}
    return [
        {"prompt": one.id, **{name: column[place] for name, column in columns.items()}}
        for place, one in enumerate(prompts.prompts)
    ]


def _alike(values: Sequence[Scalar]) -> list[Scalar]:
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) < 2:
        return list(values)
    kind = float if kinds == {int, float} else str
    return [None if value is None else kind(value) for value in values]


def _refuse_repeated(key: str, values: Sequence[object], written: Written, path: Path) -> None:
    first: dict[object, int] = {}
    for entry, value in zip(written.entries, values, strict=True):
        if value in first:
            what = f"{written.counted}s {first[value]} and {entry.number} have the same {key}"
            mend = (
                "give each its own"
                if key == "id"
                else "remove one: twice the same prompt is no second replicate"
            )
            raise InputError(str(path), what, mend)
        first[value] = entry.number
