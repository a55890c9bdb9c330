"""What a reader (or a browser) finds in a page, and what a view holds."""

import dataclasses
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Any, Literal, get_args, get_origin, get_type_hints

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Reader(HTMLParser):
    """Elements with their attributes, texts outside scripts and styles, contents of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        self.unclosed = self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag in self.raw:
            self.raw[tag].append("")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1] == tag, f"</{tag}> closes <{self._open[-1:]}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in self.raw:
            self.raw[self._open[-1]][-1] += data
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        """All text with runs of space made one."""
        return " ".join("".join(self.texts).split())

    def attribute(self, name: str) -> list[str]:
        """The values of an attribute, in the page's order."""
        return [attributes[name] for _, attributes in self.elements if name in attributes]


def with_every_text(value: Any, change: Callable[[str], str]) -> Any:
    """The same dataclass with `change` on every text in it but those of a fixed choice (Literal)."""
    if isinstance(value, str):
        return change(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        hints = get_type_hints(type(value))
        changed = {
            field.name: with_every_text(getattr(value, field.name), change)
            for field in dataclasses.fields(value)
            if not _is_choice(hints[field.name])
        }
        return dataclasses.replace(value, **changed)
    if isinstance(value, Mapping):
        return {change(key): with_every_text(item, change) for key, item in value.items()}
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(with_every_text(item, change) for item in value)
    return value


def _is_choice(hint: Any) -> bool:
    return get_origin(hint) is Literal or any(get_origin(part) is Literal for part in get_args(hint))
