"""The mean of the numbers a model might have written, held against the formula written down a second time."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from traitscope.judging.integers import (
    Token,
    read_integer,
    read_written,
    read_yes_or_no,
    weigh,
)

odd = st.sampled_from(
    ["85%", "８５", "-5", "+5", "085", "00", "101", "1e1", "5.", " ", "", "5 ", "\n5", "x", "  5"]
)
numbers = st.integers(0, 100).flatmap(lambda value: st.sampled_from([str(value), f" {value}"]))


@st.composite
def distributions(draw: st.DrawFn) -> list[tuple[str, float]]:
    """Twenty tokens with probabilities that add up to at most 1."""
    texts = draw(st.lists(numbers | odd, min_size=20, max_size=20))
    weights = draw(st.lists(st.floats(1e-6, 1), min_size=21, max_size=21))
    return [(text, weight / sum(weights)) for text, weight in zip(texts, weights[:20], strict=True)]


def _tokens(found: list[tuple[str, float]]) -> list[Token]:
    return [Token(text, math.log(p), (index,)) for index, (text, p) in enumerate(found)]


@given(distributions())
def test_the_score_is_the_weighted_mean_of_the_readable_tokens(found: list[tuple[str, float]]) -> None:
    plain = {str(value): value for value in range(101)} | {f" {value}": value for value in range(101)}
    readable = [(plain[text], p) for text, p in found if text in plain]
    mass = sum(p for _, p in readable)
    assume(abs(mass - 0.25) > 1e-9)
    said = weigh(_tokens(found))
    assert said.mass == pytest.approx(mass)
    if mass < 0.25:
        assert said.value is None
        assert said.reason
    else:
        assert said.value == pytest.approx(sum(value * p for value, p in readable) / mass)
        assert said.value is not None
        assert 0 <= said.value <= 100


@given(distributions(), st.randoms())
def test_the_order_of_the_tokens_does_not_matter(found: list[tuple[str, float]], random: object) -> None:
    tokens = _tokens(found)
    shuffled = list(tokens)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert weigh(shuffled) == weigh(tokens)


@given(st.text(max_size=6))
def test_a_token_reads_as_an_integer_exactly_if_it_is_written_as_one(text: str) -> None:
    written = {form: value for value in range(101) for form in (str(value), f" {value}")}
    assert read_integer(text) == written.get(text)


@pytest.mark.parametrize(
    "text",
    ["85%", "８５", "٨٥", "-", "-5", "085", "1e1", "101", "1000", "85\n", "85 ", "  85", "\u00a085", "", " "],
)
def test_what_is_not_written_as_a_number_is_none(text: str) -> None:
    assert read_integer(text) is None


def test_only_the_twenty_most_likely_tokens_count() -> None:
    listed = [Token(str(value), math.log(0.04), (value,)) for value in range(20)]
    assert weigh([*listed, Token("100", math.log(0.03))]).value == pytest.approx(9.5)


def test_a_token_listed_twice_counts_once_and_two_tokens_with_one_text_count_twice() -> None:
    filler = [Token(f"f{index}", -20.0) for index in range(20)]
    once = [Token("80", math.log(0.3)), Token("80", math.log(0.3)), Token("20", math.log(0.3)), *filler]
    assert weigh(once[:20]).value == pytest.approx(50)
    twice = [
        Token("80", math.log(0.3), (1,)),
        Token("80", math.log(0.3), (2,)),
        Token("20", math.log(0.3)),
        *filler,
    ]
    assert weigh(twice[:20]).value == pytest.approx(60)


def test_fewer_than_twenty_tokens_will_do_if_nothing_is_left_to_tell() -> None:
    assert weigh([Token("80", 0.0)]).value == 80
    short = weigh([Token("80", math.log(0.9))])
    assert (short.value, short.mass) == (None, None)
    assert short.reason == "the endpoint told 1 of the 20 most likely tokens"


@pytest.mark.parametrize("log_probability", [math.nan, 0.1, math.inf])
def test_impossible_probabilities_are_no_score(log_probability: float) -> None:
    said = weigh([Token("80", log_probability), Token("70", -1.0)])
    assert (said.value, said.mass) == (None, None)


def test_a_probability_of_nothing_weighs_nothing() -> None:
    assert weigh([Token("80", -0.0001), Token("0", -9999.0), Token("1", -math.inf)]).value == pytest.approx(
        80
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Yes", 100),
        (" yes", 100),
        ("YES", 100),
        ("no", 0),
        (" No", 0),
        ("y", None),
        ("Yes.", None),
        ("  no", None),
    ],
)
def test_yes_and_no_are_read_in_any_case(text: str, value: int | None) -> None:
    assert read_yes_or_no(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("85", 85),
        (" 85\n", 85),
        ("85.", 85),
        ("<think>Surely 30? No.</think>\n\n85", 85),
        ("<think>30", None),
        ("85/100", None),
        ("85.5", None),
        ("", None),
    ],
)
def test_a_written_reply_is_read_whole_or_not_at_all(text: str, value: int | None) -> None:
    assert read_written(text, read_integer) == value
