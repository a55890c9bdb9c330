"""`--stage` and `--trait`: what they name is looked up before anything is loaded."""

from collections.abc import Callable

import pytest
from tiny_place import Place, Typed, the_sentence


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("run", "tiny.yaml", "--stage", "stear"),
            "--stage: there is no stage 'stear'; name one of vet, extract, check, steer, infer, compare, "
            "report (did you mean 'steer'?)",
        ),
        (
            ("run", "tiny.yaml", "--trait", "sombr"),
            "--trait: tiny.yaml has no trait 'sombr'; name sombre, the only choice (did you mean 'sombre'?)",
        ),
        (
            ("steer", "tiny.yaml", "--trait", "gloom"),
            "--trait: tiny.yaml has no trait 'gloom'; name sombre, the only choice",
        ),
        (
            ("vet", "tiny.yaml", "--questions", "--trait", "gloom"),
            "--trait: tiny.yaml has no trait 'gloom'; name sombre, the only choice",
        ),
        (
            ("run", "tiny.yaml", "--stage", "compare", "--trait", "sombre"),
            "--trait: 'compare' takes all traits together; leave it out, or leave out --stage compare",
        ),
    ],
)
def test_what_is_not_there_or_takes_all_traits_is_refused_in_one_sentence(
    place: Place, refusal: Callable[..., str], words: tuple[str, ...], sentence: str
) -> None:
    assert refusal(*words).removesuffix(".") == sentence
    assert not place.made.exists()


def test_a_trait_that_is_not_steered_is_not_steered_by_its_name(
    place: Place, refusal: Callable[..., str]
) -> None:
    place.change("traits", ["sombre", "shipped-gloom"])
    place.change("steer.traits", ["sombre"])
    sentence = refusal("steer", "tiny.yaml", "--trait", "shipped-gloom")
    assert sentence == (
        "--trait: tiny.yaml leaves 'shipped-gloom' out of steer.traits; add it there, or name another one."
    )


def test_a_stage_without_what_it_rests_on_names_the_command_that_makes_it(
    place: Place, typed: Callable[..., Typed]
) -> None:
    answer = typed("run", "tiny.yaml", "--stage", "steer", "--trait", "sombre")
    assert answer.code == 2
    assert "'steer' rests on 'extract', which is missing" in the_sentence(answer.err.splitlines()[-1] + "\n")


def test_what_was_named_and_is_done_is_said_to_be(finished: Place, typed: Callable[..., Typed]) -> None:
    answer = typed("run", "tiny.yaml", "--stage", "extract", "--trait", "sombre")
    assert answer.code == 0
    assert answer.out.startswith("What was named is up to date.\n")
