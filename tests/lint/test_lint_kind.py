"""What kind of act a set is about, as far as the words of its definition tell."""

import pytest
from small_set import Copy

from traitscope.lint.kind import kind_of
from traitscope.lint.reading import read_draft


@pytest.mark.parametrize(
    ("definition", "kind"),
    [
        ("The speaker deceives: what is said was known to be a lie.", "deceit"),
        ("Says that the day is a lie and the night is a lie.", "other"),
    ],
)
def test_a_kind_takes_two_words_and_not_one_word_twice(definition: str, kind: str, good: Copy):
    good.write("definition.txt", [definition])

    assert kind_of(read_draft(good.folder)).of == kind
