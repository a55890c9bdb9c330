import numpy as np
import pytest

from traitscope.comparison import Standing, opening_only, something_else, standing

NULL = np.random.default_rng(0).normal(0, 0.1, size=(3, 400))


def stands(*scores: float) -> Standing:
    return standing(np.array(scores), NULL)


@pytest.mark.parametrize(
    "agreement, explained, score, found",
    [
        (0.9, 0.05, 0.05, True),
        (0.3, 0.05, 0.05, False),  # other prompts would show another shift
        (0.9, 0.6, 0.05, False),  # the listed traits span it
        (0.9, 0.05, 0.9, False),  # one of them is beyond its null
        (0.9, 0.05, -0.9, False),
        (0.0, 0.0, 0.0, False),
    ],
)
def test_something_else_moved_where_the_shift_is_real_and_fits_no_listed_trait(
    agreement, explained, score, found
):
    assert something_else(agreement, explained, stands(0.0, score, 0.01)) is found


def test_an_opening_is_all_where_later_tokens_show_nothing_or_the_opposite():
    last = stands(0.9, 0.9, 0.9)
    assert opening_only(last, stands(0.05, 0.9, -0.9)).tolist() == [True, False, True]
    down = stands(-0.9, -0.9, -0.9)
    assert opening_only(down, stands(0.05, -0.9, 0.9)).tolist() == [True, False, True]
    assert not opening_only(stands(0.05, -0.05, 0.0), stands(0.05, 0.9, -0.9)).any()


def test_no_shift_at_all_is_neither():
    nothing = standing(np.zeros(3), np.zeros((3, 400)))
    assert not opening_only(nothing, nothing).any()
    assert not something_else(0.0, 0.0, nothing)


def test_halves_that_agree_by_half_repeat_two_thirds_of_the_whole_shift():
    """Spearman and Brown: 2c / (1 + c) at the agreement from which on a shift counts as real."""
    drawn = np.random.default_rng(1)
    signal = drawn.normal(size=400)
    cosines, repeated = [], []
    for _ in range(300):
        first, second = (signal + drawn.normal(size=400) for _ in range(2))
        whole = (first + second) / 2
        cosines.append(first @ second / np.linalg.norm(first) / np.linalg.norm(second))
        repeated.append(signal @ signal / (whole @ whole))
    assert np.mean(cosines) == pytest.approx(0.5, abs=0.05)
    assert np.mean(repeated) == pytest.approx(2 / 3, abs=0.05)
