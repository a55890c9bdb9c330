"""Does the definition say what the scale means, in words of its own?"""

import re
from collections.abc import Iterator

from traitscope.config.lint import LintSettings
from traitscope.lint import codes
from traitscope.lint.draft import Draft, Side
from traitscope.lint.finding import Finding
from traitscope.lint.words import content_words, stem

_THIRDS = ((0, 30), (30, 70), (70, 100))


def definition(draft: Draft, settings: LintSettings) -> Iterator[Finding]:
    """Exact: which thirds of the scale are named, and which words only one side of the scenes uses."""
    file = draft.definition_file
    if not draft.definition:
        if file.exists():
            yield codes.DEFINITION_ENDS.found(file, None, "the file is empty")
        return
    missing = [f"{low}-{high}" for low, high in _THIRDS if not _names(draft.definition, low, high)]
    if missing:
        yield codes.DEFINITION_ENDS.found(file, None, f"nothing is said of {', '.join(missing)}")
    yield from _one_sided(draft, settings)


def _names(text: str, low: int, high: int) -> bool:
    return bool(re.search(rf"(?<!\d){low}\s*(?:-|–|—|to|and|\.\.)\s*{high}(?!\d)", text))


def _one_sided(draft: Draft, settings: LintSettings) -> Iterator[Finding]:
    """Words of the definition, in any form, that scenes of one side alone hold."""
    counts = [_stem_counts(side) for side in draft.sides]
    told = set()
    for number, line in enumerate(draft.definition.split("\n"), start=1):
        for word in content_words(line):
            root = stem(word)
            here, there = sorted(range(2), key=lambda which: -counts[which].get(root, 0))
            many = counts[here].get(root, 0)
            if root in told or many < settings.definition_word_scenes or counts[there].get(root, 0):
                continue
            told.add(root)
            what = f'"{word}" is in {many} {draft.sides[here].pole} scenes and in none of the other side'
            yield codes.DEFINITION_WORD.found(draft.definition_file, number, what)


def _stem_counts(side: Side) -> dict[str, int]:
    counts: dict[str, int] = {}
    for scene in side.scenes:
        for root in {stem(word) for word in content_words(scene.text)}:
            counts[root] = counts.get(root, 0) + 1
    return counts
