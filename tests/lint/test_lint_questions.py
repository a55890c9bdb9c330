"""Which words of a trait's name a question must not use."""

import pytest

from traitscope.lint.questions import name_stems
from traitscope.lint.words import stem


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("self_serving", {"serving"}),
        ("reward_hacking", {"reward", "hacking"}),
        ("honesty_observed", {"honesty"}),
        ("helpfulness-intent", {"helpfulness"}),
        ("gloom2", {"gloom"}),
    ],
)
def test_the_words_of_a_name_are_all_that_say_what_the_trait_is(name: str, words: set[str]):
    assert name_stems(name) == {stem(word) for word in words}
