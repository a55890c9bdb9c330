"""What `traitscope trait new` wrote and nobody replaced: examples that are of no trait."""

import re
from collections.abc import Iterator

from traitscope.data.starting import example_texts
from traitscope.lint import codes
from traitscope.lint.draft import Draft
from traitscope.lint.finding import Finding
from traitscope.lint.words import beginning

_GUIDANCE = re.compile(r"\[[^\]]+\]")


def scaffold(draft: Draft) -> Iterator[Finding]:
    """Exact: scenes, guidance in brackets and labelled answers that stand in a new trait's folder."""
    examples = example_texts()
    for side in draft.sides:
        for scene in side.scenes:
            if scene.text in examples:
                what = f"{beginning(scene.text)} is an example"
                yield codes.SCAFFOLD_TEXT.found(side.file, scene.line, what)
    for number, line in enumerate(draft.definition.split("\n"), start=1):
        for guidance in _GUIDANCE.findall(line):
            if any(guidance in example for example in examples):
                what = f"{beginning(guidance)} is guidance"
                yield codes.SCAFFOLD_TEXT.found(draft.definition_file, number, what)
    for labelled in draft.labelled:
        if labelled.answer in examples:
            what = f"{beginning(labelled.answer)} is an example"
            yield codes.SCAFFOLD_TEXT.found(draft.labelled_file, labelled.line, what)
