import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from traitscope.comparison import (
    WordTokens,
    beyond_output,
    likelier,
    output_shift,
    scene_outputs,
    word_tokens,
)


def first_letter(word: str) -> int:
    return ord(word[0])


def test_words_of_both_poles_and_function_words_are_dropped():
    positive = ["Anna's evening was grey, and they would not stop", "the rain"]
    negative = ["Anna opened the window; it's bright", "an evening of 2 or 3"]
    ids = {"grey": 1, "stop": 2, "rain": 3, "opened": 4, "window": 5, "bright": 6}
    assert word_tokens(positive, negative, ids.__getitem__) == WordTokens((1, 2, 3), (4, 5, 6))


def test_a_token_that_words_of_both_poles_begin_with_is_dropped():
    assert word_tokens(["sorrow weeps"], ["sunshine laughs"], first_letter) == WordTokens(
        (ord("w"),), (ord("l"),)
    )


def test_letters_beyond_ascii_and_capitals_are_words():
    found = word_tokens(["Käse TROST"], ["über 1234 xy"], first_letter)
    assert found == WordTokens((ord("k"), ord("t")), (ord("ü"),))


def test_the_shift_is_that_of_the_positive_words_less_that_of_the_negative_ones():
    before = np.zeros((2, 6))
    after = np.array([[1.0, 3.0, 0.0, -1.0, 9.0, 9.0], [3.0, 5.0, 0.0, -3.0, 9.0, 9.0]])
    # positive words 0 and 1: (1 + 3 + 3 + 5) / 4 = 3; negative word 3: (-1 - 3) / 2 = -2
    assert output_shift(before, after, WordTokens((0, 1), (3,))) == pytest.approx(5)


def test_a_shift_of_all_logits_alike_is_nothing():
    before = np.random.default_rng(0).normal(size=(4, 20)).astype(np.float32)
    assert output_shift(before, before + 3, WordTokens((1, 2), (5, 6, 7))) == pytest.approx(0, abs=1e-5)


def test_swapping_poles_or_variants_turns_the_shift_over():
    before, after = np.random.default_rng(1).normal(size=(2, 5, 12))
    there = output_shift(before, after, WordTokens((1, 2), (5,)))
    assert there == pytest.approx(-output_shift(after, before, WordTokens((1, 2), (5,))))
    assert there == pytest.approx(-output_shift(before, after, WordTokens((5,), (1, 2))))


def test_a_pole_without_words_of_its_own_has_no_shift():
    words = word_tokens(["the rain"], ["rain and rain"], first_letter)
    assert words == WordTokens((), ())
    assert output_shift(np.zeros((1, 200)), np.ones((1, 200)), words) is None


def test_logits_that_do_not_fit_or_are_not_finite_are_refused():
    words = WordTokens((0,), (1,))
    with pytest.raises(ValueError, match="shapes"):
        output_shift(np.zeros((2, 3)), np.zeros((2, 4)), words)
    with pytest.raises(ValueError, match="finite"):
        output_shift(np.zeros((2, 3)), np.full((2, 3), np.nan), words)


def test_a_scenes_output_is_the_mean_shift_of_its_content_words():
    shift = np.arange(200.0)
    found = scene_outputs(shift, ["The weeping rain", "and they would", "Rain, rain and sun"], first_letter)
    assert found.tolist() == [(ord("w") + ord("r")) / 2, 0, (ord("r") + ord("s")) / 2]


def test_each_word_is_looked_up_once():
    asked: list[str] = []

    def look_up(word: str) -> int:
        asked.append(word)
        return 0

    scene_outputs(np.zeros(1), ["rain sun", "sun rain", "rain"], look_up)
    assert sorted(asked) == ["rain", "sun"]


@given(st.integers(0, 300))
def test_what_lies_beyond_the_output_is_a_residual_of_least_squares(seed):
    drawn = np.random.default_rng(seed)
    outputs = drawn.normal(3, 2, 50)
    null = 0.2 * outputs + drawn.normal(size=50)
    design = np.stack([np.ones(50), outputs], axis=1)
    (a, b), *_ = np.linalg.lstsq(design, null, rcond=None)
    line = stats.linregress(outputs, null)
    assert (a, b) == pytest.approx((line.intercept, line.slope))
    deviation = np.sqrt(np.square(null - a - b * outputs).sum() / 48)
    assert beyond_output(0.7, 1.5, null, outputs) == pytest.approx((0.7 - a - b * 1.5) / deviation)


def test_a_score_that_its_output_lets_expect_is_nothing_beyond_it():
    drawn = np.random.default_rng(0)
    outputs = drawn.normal(size=2000)
    null = 3 * outputs + 0.1 * drawn.normal(size=2000)
    assert abs(beyond_output(6.0, 2.0, null, outputs) or 9) < 0.5
    assert (beyond_output(7.0, 2.0, null, outputs) or 0) > 8


def test_outputs_or_scores_without_spread_have_nothing_beyond_them(recwarn):
    drawn = np.random.default_rng(0).normal(size=20)
    assert beyond_output(1.0, 0.0, drawn, np.zeros(20)) is None
    assert beyond_output(0.0, 0.0, np.zeros(20), drawn) is None
    assert not recwarn.list


def test_likelier_tokens_are_those_whose_probability_changed_most_not_whose_logit_did():
    before = np.log(np.array([[0.5, 0.3, 0.2 - 1e-6, 1e-6]]))
    after = np.log(np.array([[0.2, 0.6, 0.2 - 1e-4, 1e-4]]))
    # The last token's logit rose most, from next to nothing to next to nothing.
    assert likelier(before, after, 2) == ([1, 3], [0, 2])
    assert likelier(before, before, 3) == ([], [])
    assert likelier(after + 7, before - 3, 1) == ([0], [1])
