"""What traitscope itself says when it loads the folder: the last word on whether it can be used."""

import re
from collections.abc import Iterator

from traitscope.data import load_trait
from traitscope.errors import InputError, WorkError
from traitscope.lint import codes
from traitscope.lint.draft import Draft
from traitscope.lint.finding import Finding


def refusal(draft: Draft, known: bool) -> Iterator[Finding]:
    """Exact: why the folder does not load, unless that is known, and keys that nothing uses.

    Args:
        known: an error was found already, so that a refusal would be no news.
    """
    try:
        trait = load_trait(draft.folder)
    except (InputError, WorkError) as error:
        if not known:
            files = (*(side.file for side in draft.sides), draft.definition_file, draft.labelled_file)
            file = next((file for file in files if file.name in error.where), draft.steering_file)
            line = re.search(r", line (\d+)", error.where)
            what = f"{error.what}; {error.mend}"
            yield codes.REFUSED.found(file, int(line[1]) if line else None, what)
        return
    for key in trait.extra:
        yield codes.UNKNOWN_KEY.found(
            draft.steering_file, draft.key_lines.get(key), f'nothing uses the key "{key}"'
        )
