"""Does a scene's end demand the trait? Sentences that are over, ends that fit anything, acts not begun."""

import re
from collections.abc import Iterator

from traitscope.lint import codes
from traitscope.lint.draft import Draft
from traitscope.lint.finding import Finding
from traitscope.lint.kind import Kind
from traitscope.lint.last_words import leaves_open, starts_the_act
from traitscope.lint.words import excerpt


def lock_in(draft: Draft, kind: Kind) -> Iterator[Finding]:
    """The first is exact but for abbreviations; the others are heuristics."""
    for side in draft.sides:
        for scene in side.half_written:
            end = excerpt(scene.text, 45)
            mark = ending_mark(scene.text)
            if mark:
                yield codes.ENDS_SENTENCE.found(side.file, scene.line, f"{end} ends with {mark}")
            elif kind.of == "deceit" and side.pole == kind.pole and starts_the_act(scene.text):
                what = f"{end} stops before the first false word"
                yield codes.STOPS_AT_START.found(side.file, scene.line, what)
            elif leaves_open(scene.text):
                yield codes.OPEN_ENDING.found(side.file, scene.line, f"after {end} anything can follow")


def ending_mark(text: str) -> str:
    """The mark that ends the text's last sentence, in words; empty where the sentence is open."""
    bare = text.rstrip().rstrip(_CLOSING).rstrip()
    if bare.endswith("..."):
        return _MARKS["…"]
    if bare.endswith(".") and _ABBREVIATION.search(bare) and bare == text.rstrip():
        return ""
    return _MARKS.get(bare[-1:], "")


_CLOSING = "\"'”’»)]*_"
_MARKS = {".": "a full stop", "!": "an exclamation mark", "?": "a question mark", "…": "an ellipsis"}
_ABBREVIATION = re.compile(
    r"\b(?:mr|mrs|ms|dr|st|prof|rev|hon|sgt|capt|col|gen|lt|nos?|vs|vol|ref|approx|fig|sec|(?-i:[A-HJ-Z]))\.$",
    re.IGNORECASE,
)
