"""`traitscope tokens`: both variants' answers to one prompt, and what it cannot show."""

import re
from collections.abc import Callable

import pytest
from tiny_place import Place, Typed, the_sentence

SHOWN = ("tokens", "tiny.yaml", "--prompt", "p3", "--trait", "sombre")


def test_every_token_of_both_answers_has_its_signed_number(
    finished: Place, typed: Callable[..., Typed]
) -> None:
    answer = typed(*SHOWN, "--pair", "chat:plain")
    assert answer.code == 0
    assert "p3: What is 3 plus one?" in answer.out
    assert re.search(r"^chat, mean [+-]?\d", answer.out, re.M)
    assert re.search(r"^plain, mean [+-]?\d", answer.out, re.M)
    assert len(re.findall(r"\([+-]?\d\.\d+\)", re.sub(r"\s", "", answer.out))) >= 2


def test_the_first_pair_is_shown_where_none_is_named(finished: Place, typed: Callable[..., Typed]) -> None:
    assert "moved, mean" in typed(*SHOWN).out


@pytest.mark.parametrize(
    ("option", "wrong", "right"),
    [("--prompt", "p33", "p3"), ("--trait", "somber", "sombre"), ("--pair", "chat:move", "chat:moved")],
)
def test_an_unknown_name_is_refused_with_the_nearest(
    finished: Place, typed: Callable[..., Typed], option: str, wrong: str, right: str
) -> None:
    words = {"--prompt": "p3", "--trait": "sombre", "--pair": "chat:moved"} | {option: wrong}
    answer = typed("tokens", "tiny.yaml", *(word for pair in words.items() for word in pair))
    assert (answer.code, answer.out) == (2, "")
    sentence = the_sentence(answer.err)
    assert sentence.startswith(f"{option}: ") and f"did you mean '{right}'?" in sentence


def test_what_is_not_compared_yet_says_how_to_compare_it(place: Place, typed: Callable[..., Typed]) -> None:
    answer = typed(*SHOWN)
    assert answer.code == 2
    assert the_sentence(answer.err).endswith(
        "chat and moved are not compared on asks yet; run: traitscope compare tiny.yaml."
    )


def test_compare_prints_every_line_of_evidence(finished: Place, typed: Callable[..., Typed]) -> None:
    answer = typed("compare", "tiny.yaml", "-q")
    assert answer.code == 0
    for said in ("chat -> moved", "chat -> plain (control)", "not calibrated here", "interaction [95 %]"):
        assert said in answer.out
    assert "Everything that was compared" in answer.out
