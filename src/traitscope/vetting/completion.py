"""A completed scene, cut where the words lie that count."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

Pole = Literal["positive", "negative"]


class Cut(NamedTuple):
    """A text in three pieces, which joined are the text."""

    before: str
    counted: str
    after: str


@dataclass(frozen=True)
class Completion:
    """What a model wrote after one scene."""

    pole: Pole
    line: int
    """Of the scene, in its file."""
    scene: str
    before: str
    """Generated words before those that count; mostly none."""
    counted: str
    """Generated words whose residuals become the direction; none where a place in the scene counts."""
    after: str
    ended: bool
    """The model stopped by itself."""

    @property
    def text(self) -> str:
        """All that was generated."""
        return f"{self.before}{self.counted}{self.after}"


def cut(ids: tuple[int, ...], counted: range, decode: Callable[[tuple[int, ...]], str]) -> Cut:
    """The text of generated tokens, cut before and after those that count.

    `counted` are their places, from 0 on; what lies outside of the generated tokens is left out. A character
    that several tokens make up together goes to the piece of its last one.
    """
    text = decode(ids)
    start, stop = (min(max(place, 0), len(ids)) for place in (counted.start, counted.stop))
    first = _shared(decode(ids[:start]), text)
    last = max(first, _shared(decode(ids[:stop]), text))
    return Cut(text[:first], text[first:last], text[last:])


def _shared(some: str, text: str) -> int:
    """Characters that both begin with; half a character decodes to a sign that stands for it."""
    alike = (one == other for one, other in zip(some, text, strict=False))
    return next((place for place, same in enumerate(alike) if not same), min(len(some), len(text)))
