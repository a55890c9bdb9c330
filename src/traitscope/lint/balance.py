"""Are there enough scenes, and as many on either side?"""

from collections.abc import Iterator

from traitscope.config.lint import LintSettings
from traitscope.data import FEWEST_SCENES
from traitscope.lint import codes
from traitscope.lint.draft import Draft
from traitscope.lint.finding import Finding


def balance(draft: Draft, settings: LintSettings) -> Iterator[Finding]:
    """Exact: counts."""
    for side in draft.sides:
        count = len(side.scenes)
        if count < FEWEST_SCENES and side.file.exists():
            what = f"{count} scene{'s' * (count != 1)}, fewer than {FEWEST_SCENES}"
            yield codes.TOO_FEW_PAIRS.found(side.file, None, what)
    larger = max(draft.sides, key=lambda side: len(side.scenes))
    smaller = min(draft.sides, key=lambda side: len(side.scenes))
    many, few = len(larger.scenes), len(smaller.scenes)
    if FEWEST_SCENES <= few < settings.few_pairs:
        what = f"{few} {'pairs' if draft.paired else 'scenes'}, fewer than {settings.few_pairs}"
        yield codes.FEW_PAIRS.found(smaller.file, None, what)
    if many == few:
        return
    what = f"{few} scenes face {many} in {larger.file.name}"
    if few < (1 - settings.unequal_sides) * many:
        yield codes.UNEQUAL_SIDES.found(smaller.file, None, what)
    else:
        yield codes.UNPAIRED.found(smaller.file, None, what)
