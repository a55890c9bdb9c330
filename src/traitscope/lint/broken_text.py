"""Text that is broken as text: blanks, invisible characters, scenes of no or endless words."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

from traitscope.config.lint import LintSettings
from traitscope.lint import codes
from traitscope.lint.draft import Draft, Side
from traitscope.lint.finding import Finding
from traitscope.lint.words import beginning

_NAMES = {"\t": "tab", "\x00": "zero byte"}


def broken_text(draft: Draft, settings: LintSettings) -> Iterator[Finding]:
    """Exact: what is wrong with each line of the scenes by itself."""
    for side in draft.sides:
        yield from _lines(side)
        yield from _lengths(side, settings)
    for place, line, text in _other_texts(draft):
        odd = _odd_character(text)
        if odd:
            yield codes.CONTROL_CHARACTER.found(place, line, f"it holds {odd}")


def _lines(side: Side) -> Iterator[Finding]:
    for raw in side.raw:
        if not raw.text.strip():
            yield codes.BLANK_LINE.found(side.file, raw.line, "the line is blank")
            continue
        odd = _odd_character(raw.text)
        if odd:
            what = f"{beginning(raw.text.strip(), 40)} holds {odd}"
            yield codes.CONTROL_CHARACTER.found(side.file, raw.line, what)
        if raw.text != raw.text.strip():
            where = ["begins"] * (raw.text != raw.text.lstrip()) + ["ends"] * (raw.text != raw.text.rstrip())
            what = f"the scene {' and '.join(where)} with a blank"
            yield codes.OUTER_BLANKS.found(side.file, raw.line, what)


def _lengths(side: Side, settings: LintSettings) -> Iterator[Finding]:
    for scene in side.half_written:
        count = len(scene.text.split())
        if count < settings.shortest_scene:
            least = settings.shortest_scene
            what = f"{beginning(scene.text)} has {count} word{'s' * (count != 1)}, fewer than {least}"
            yield codes.TOO_SHORT.found(side.file, scene.line, what)
        if count > settings.longest_scene:
            what = f"{beginning(scene.text)} has {count} words, more than {settings.longest_scene}"
            yield codes.TOO_LONG.found(side.file, scene.line, what)


def _other_texts(draft: Draft) -> Iterator[tuple[Path, int | None, str]]:
    for side in draft.sides:
        for scene in side.scenes:
            if scene.system_prompt is not None:
                yield side.file, scene.line, scene.system_prompt.replace("\n", " ")
    yield draft.definition_file, None, draft.definition.replace("\n", " ")
    for question in draft.questions:
        yield draft.steering_file, question.line, question.text
    for labelled in draft.labelled:
        yield draft.labelled_file, labelled.line, f"{labelled.question} {labelled.answer}".replace("\n", " ")


def _odd_character(text: str) -> str:
    """The first control, invisible or replacement character, by code and name; empty where there is none."""
    if text.isprintable() and "\ufffd" not in text:
        return ""
    for character in text:
        if character == "\ufffd" or unicodedata.category(character) in ("Cc", "Cf", "Co", "Cn", "Cs"):
            name = _NAMES.get(character, unicodedata.name(character, "control character"))
            return f"U+{ord(character):04X} ({name.lower()})"
    return ""
