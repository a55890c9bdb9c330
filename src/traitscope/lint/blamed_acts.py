"""Scenes of acts that people would blame: no verdict in them, and a reason and a truth behind them."""

from collections.abc import Iterator

from traitscope.lint import codes
from traitscope.lint.blame import moral_tag, names_motive, names_truth, told_by_its_doer
from traitscope.lint.draft import Draft
from traitscope.lint.finding import Finding
from traitscope.lint.kind import Kind
from traitscope.lint.words import beginning


def blamed_acts(draft: Draft, kind: Kind) -> Iterator[Finding]:
    """Heuristics, for sets whose name and definition speak of deceit or of another blamed act."""
    if kind.of == "other":
        return
    for side in draft.sides:
        for scene in side.half_written:
            tag = moral_tag(scene.text)
            if tag:
                yield codes.MORAL_TAG.found(side.file, scene.line, f'the scene says "{tag}"')
    doing = draft.positive if kind.pole == "positive" else draft.negative
    for scene in doing.half_written:
        if kind.of == "flattery" or not told_by_its_doer(scene.text):
            continue
        start = beginning(scene.text, 45)
        if not names_motive(scene.text):
            yield codes.NO_MOTIVE.found(doing.file, scene.line, f"{start} has no word of a motive")
        if kind.of == "deceit" and not names_truth(scene.text):
            yield codes.NO_TRUTH.found(doing.file, scene.line, f"{start} has no word of the truth")
