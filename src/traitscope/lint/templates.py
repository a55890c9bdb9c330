"""Scenes cast from one mould: the same opening, or the same content word, in too many of a side."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from traitscope.config.lint import LintSettings
from traitscope.data import Scene
from traitscope.lint import codes
from traitscope.lint.draft import Draft, Side
from traitscope.lint.endings import ENDING_NAMES, Ending, ending_of
from traitscope.lint.finding import Finding
from traitscope.lint.topics import topic_of
from traitscope.lint.words import FUNCTION_WORDS, content_words, words

_FEWEST_ALIKE = 3
"""Scenes that must open alike before that is a mould."""
_SHAPE_WORDS = 5
Places = dict[str, list[int]]
"""What scenes share -> their lines, in order."""
Key = TypeVar("Key", bound=str)
_CLAUSE_END = re.compile(r"[.,;:?!\"“”]")


def templates(draft: Draft, settings: LintSettings) -> Iterator[Finding]:
    """Shares of a side: exact for openings and words, a heuristic for topics and endings."""
    for side in draft.sides:
        yield from _openings(side, settings)
        yield from _opening_shapes(side, settings)
        yield from _frequent_words(side, settings)
        yield from _topics(side, settings)
        yield from _endings(side, settings)


def opening_lines(scenes: Sequence[Scene], settings: LintSettings) -> Places:
    """First words -> lines of the scenes that begin with them."""
    return _lines_by(scenes, lambda scene: [_opening(scene, settings)])


def opening_shape(text: str) -> str:
    """The first clause with a blank for each content word; empty where that is no shape to speak of."""
    clause = _CLAUSE_END.split(text.lstrip("\"'“‘"))[0]
    shape = [word if word in FUNCTION_WORDS else "_" for word in words(clause)[:_SHAPE_WORDS]]
    return " ".join(shape) if len(shape) >= 4 and len(shape) - shape.count("_") >= 2 else ""


def topic_lines(scenes: Sequence[Scene]) -> Places:
    """Topic -> lines of the scenes that seem to be about it."""
    return _lines_by(scenes, lambda scene: [topic_of(scene.text)])


def ending_lines(scenes: Sequence[Scene]) -> dict[Ending, list[int]]:
    """Kind of ending -> lines of the scenes that seem to end so."""
    return _lines_by(scenes, lambda scene: [ending_of(scene.text)])


def word_lines(scenes: Sequence[Scene]) -> Places:
    """Content word -> lines of the scenes it is in."""
    return _lines_by(scenes, lambda scene: dict.fromkeys(content_words(scene.text)))


def _openings(side: Side, settings: LintSettings) -> Iterator[Finding]:
    for opening, lines in _moulds(opening_lines(side.scenes, settings), side, settings):
        what = f'{len(lines)} of {len(side.scenes)} scenes open with "{opening}"'
        yield codes.SAME_OPENING.found_in(side.file, lines, what)


def _opening_shapes(side: Side, settings: LintSettings) -> Iterator[Finding]:
    """Only where the same words do not open them already."""
    mould = {opening for opening, _ in _moulds(opening_lines(side.scenes, settings), side, settings)}
    others = [scene for scene in side.scenes if _opening(scene, settings) not in mould]
    shapes = _lines_by(others, lambda scene: [opening_shape(scene.text)])
    for shape, lines in _moulds(shapes, side, settings):
        what = f'{len(lines)} of {len(side.scenes)} scenes open in the shape "{shape}"'
        yield codes.SAME_OPENING_SHAPE.found_in(side.file, lines, what)


def _frequent_words(side: Side, settings: LintSettings) -> Iterator[Finding]:
    for word, lines in _widest(word_lines(side.scenes)):
        if len(lines) >= settings.frequent_word_scenes:
            share = len(lines) / len(side.scenes)
            if share > settings.frequent_word:
                what = f'"{word}" is in {len(lines)} of {len(side.scenes)} scenes ({share:.0%})'
                yield codes.FREQUENT_WORD.found_in(side.file, lines, what)


def _topics(side: Side, settings: LintSettings) -> Iterator[Finding]:
    for topic, lines in topic_lines(side.scenes).items():
        if len(lines) >= settings.frequent_word_scenes and len(lines) > settings.frequent_topic * len(
            side.scenes
        ):
            what = f"{len(lines)} of {len(side.scenes)} scenes seem to be about one topic ({topic})"
            yield codes.FREQUENT_TOPIC.found_in(side.file, lines, what)


def _endings(side: Side, settings: LintSettings) -> Iterator[Finding]:
    scenes = side.half_written
    for ending, lines in ending_lines(scenes).items():
        if len(lines) >= settings.frequent_word_scenes and len(lines) > settings.same_ending * len(scenes):
            what = f"{len(lines)} of {len(scenes)} scenes seem to stop in {ENDING_NAMES[ending]}"
            yield codes.SAME_ENDING.found_in(side.file, lines, what)


def _moulds(places: Places, side: Side, settings: LintSettings) -> Iterator[tuple[str, list[int]]]:
    """Openings shared by more of the side than is allowed, the widest first."""
    for opening, lines in _widest(places):
        if len(lines) >= _FEWEST_ALIKE and len(lines) > settings.same_opening * len(side.scenes):
            yield opening, lines


def _widest(places: Places) -> list[tuple[str, list[int]]]:
    return sorted(places.items(), key=lambda item: -len(item[1]))


def _lines_by(scenes: Sequence[Scene], keys: Callable[[Scene], Iterable[Key | None]]) -> dict[Key, list[int]]:
    """Lines of the scenes by what they share; what is empty is nothing to share."""
    lines: defaultdict[Key, list[int]] = defaultdict(list)
    for scene in scenes:
        for key in keys(scene):
            if key:
                lines[key].append(scene.line)
    return dict(lines)


def _opening(scene: Scene, settings: LintSettings) -> str:
    return " ".join(words(scene.text)[: settings.opening_words])
