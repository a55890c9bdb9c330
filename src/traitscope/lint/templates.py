"""Scenes cast from one mould: the same opening, or the same content word, in too many of a side."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

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
_CLAUSE_END = re.compile(r"[.,;:?!\"“”]")


def templates(draft: Draft, settings: LintSettings) -> Iterator[Finding]:
    """Shares of a side: exact for openings and words, a heuristic for topics and endings."""
    for side in draft.sides:
        yield from _openings(side, settings)
        yield from _opening_shapes(side, settings)
        yield from _frequent_words(side, settings)
        yield from _topics(side, settings)
        yield from _endings(side, settings)


def opening_counts(scenes: Sequence[Scene], settings: LintSettings) -> Counter[str]:
    """How many scenes begin with the same words."""
    return Counter(_opening(scene, settings) for scene in scenes)


def opening_shape(text: str) -> str:
    """The first clause with a blank for each content word; empty where that is no shape to speak of."""
    clause = _CLAUSE_END.split(text.lstrip("\"'“‘"))[0]
    shape = [word if word in FUNCTION_WORDS else "_" for word in words(clause)[:_SHAPE_WORDS]]
    return " ".join(shape) if len(shape) >= 4 and len(shape) - shape.count("_") >= 2 else ""


def topic_counts(scenes: Sequence[Scene]) -> Counter[str]:
    """How many scenes seem to be about each topic."""
    return Counter(topic for scene in scenes if (topic := topic_of(scene.text)))


def ending_counts(scenes: Sequence[Scene]) -> Counter[Ending]:
    """How many scenes seem to end in each way."""
    return Counter(ending for scene in scenes if (ending := ending_of(scene.text)))


def word_scenes(scenes: Sequence[Scene]) -> dict[str, list[int]]:
    """Content word -> lines of the scenes it is in."""
    lines: defaultdict[str, list[int]] = defaultdict(list)
    for scene in scenes:
        for word in dict.fromkeys(content_words(scene.text)):
            lines[word].append(scene.line)
    return lines


def _openings(side: Side, settings: LintSettings) -> Iterator[Finding]:
    for opening, count in opening_counts(side.scenes, settings).most_common():
        if count < _FEWEST_ALIKE or count <= settings.same_opening * len(side.scenes):
            return
        what = f'{count} of {len(side.scenes)} scenes open with "{opening}"'
        yield codes.SAME_OPENING.found(side.file, None, what)


def _opening_shapes(side: Side, settings: LintSettings) -> Iterator[Finding]:
    """Only where the same words do not open them already."""
    mould = {
        opening
        for opening, count in opening_counts(side.scenes, settings).items()
        if count >= _FEWEST_ALIKE and count > settings.same_opening * len(side.scenes)
    }
    others = [scene for scene in side.scenes if _opening(scene, settings) not in mould]
    shapes = Counter(shape for scene in others if (shape := opening_shape(scene.text)))
    for shape, count in shapes.most_common():
        if count < _FEWEST_ALIKE or count <= settings.same_opening * len(side.scenes):
            return
        what = f'{count} of {len(side.scenes)} scenes open in the shape "{shape}"'
        yield codes.SAME_OPENING_SHAPE.found(side.file, None, what)


def _topics(side: Side, settings: LintSettings) -> Iterator[Finding]:
    for topic, count in topic_counts(side.scenes).items():
        if count >= settings.frequent_word_scenes and count > settings.frequent_topic * len(side.scenes):
            what = f"{count} of {len(side.scenes)} scenes seem to be about one topic ({topic})"
            yield codes.FREQUENT_TOPIC.found(side.file, None, what)


def _endings(side: Side, settings: LintSettings) -> Iterator[Finding]:
    scenes = side.half_written
    for ending, count in ending_counts(scenes).items():
        if count >= settings.frequent_word_scenes and count > settings.same_ending * len(scenes):
            what = f"{count} of {len(scenes)} scenes seem to stop in {ENDING_NAMES[ending]}"
            yield codes.SAME_ENDING.found(side.file, None, what)


def _opening(scene: Scene, settings: LintSettings) -> str:
    return " ".join(words(scene.text)[: settings.opening_words])


def _frequent_words(side: Side, settings: LintSettings) -> Iterator[Finding]:
    for word, lines in sorted(word_scenes(side.scenes).items(), key=lambda item: -len(item[1])):
        if len(lines) < settings.frequent_word_scenes or len(lines) <= settings.frequent_word * len(
            side.scenes
        ):
            return
        share = len(lines) / len(side.scenes)
        what = (
            f'"{word}" is in {len(lines)} of {len(side.scenes)} scenes ({share:.0%}): lines {listed(lines)}'
        )
        yield codes.FREQUENT_WORD.found(side.file, None, what)


def listed(lines: Sequence[int], most: int = 12) -> str:
    """Line numbers, the first ones of many."""
    rest = len(lines) - most
    return ", ".join(map(str, lines[:most])) + (f" and {rest} more" if rest > 0 else "")
