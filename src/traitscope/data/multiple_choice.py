"""Questions with four options and one right answer, for asking what a push costs in knowledge.

{"kind": "reading", "question": "...", "options": ["...", "...", "...", "..."], "right": "B"}
"""

from dataclasses import dataclass
from pathlib import Path
from reprlib import repr as shortened
from typing import Any

from traitscope.data.json_text import read_json_lines
from traitscope.errors import InputError

LETTERS = "ABCD"


@dataclass(frozen=True)
class Item:
    """A question and what may be answered to it."""

    kind: str
    """What it takes: knowledge, common sense, arithmetic, reading."""
    question: str
    options: tuple[str, ...]
    right: int
    """Place of the right option, from 0."""


def load_items(path: Path) -> tuple[Item, ...]:
    """The items in a JSONL file, each question once.

    Raises:
        InputError: missing, not UTF-8, empty, a line that is no such object, a question twice; with file and
            line.
        WorkError: the system refuses to read it.
    """
    found: dict[str, Item] = {}
    for line, value in read_json_lines(path):
        where = f"{path}, line {line}"
        item = _item(value, where)
        if item.question in found:
            raise InputError(where, "this question was asked before", "ask another one, or remove it")
        found[item.question] = item
    if not found:
        raise InputError(str(path), "the file holds no items", "write one JSON object a line")
    return tuple(found.values())


def _item(value: Any, where: str) -> Item:
    if not isinstance(value, dict):
        mend = 'write {"kind": "...", "question": "...", "options": [...], "right": "A"}'
        raise InputError(where, f"found {shortened(value)}", mend)
    for key in ("kind", "question"):
        if not _is_text(value.get(key)):
            raise InputError(f"{where}, {key}", f"found {shortened(value.get(key))}", "write text")
    options, right = value.get("options"), value.get("right")
    if not isinstance(options, list) or len(options) != len(LETTERS) or not all(map(_is_text, options)):
        raise InputError(f"{where}, options", f"found {shortened(options)}", "write four texts")
    if len({option.strip().lower() for option in options}) < len(options):
        raise InputError(f"{where}, options", "two of them say the same", "write four that differ")
    if not isinstance(right, str) or len(right) != 1 or right not in LETTERS:
        raise InputError(f"{where}, right", f"found {shortened(right)}", "write A, B, C or D")
    return Item(value["kind"], value["question"], tuple(map(str.strip, options)), LETTERS.index(right))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
