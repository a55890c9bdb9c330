"""Which evaluation wins."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.config import SteerSettings
from traitscope.steering import (
    Evaluation,
    Site,
    best_by_site,
    best_overall,
    nothing_coherent,
    weakest_incoherent,
)

Make = Callable[..., Evaluation]


def test_the_largest_coherent_delta_of_a_layer_is_its_best(evaluation: Make) -> None:
    weak, strong = evaluation(3, 1.0, delta=5.0), evaluation(3, 2.0, delta=12.0)
    broken = evaluation(3, 4.0, delta=40.0, coherent=False)
    unscored = evaluation(3, 3.0, delta=None)
    assert best_by_site([weak, broken, strong, unscored], "induce") == {Site(3): strong}


def test_a_layer_without_a_coherent_evaluation_has_no_best(evaluation: Make) -> None:
    found = best_by_site([evaluation(3, coherent=False), evaluation(4)], "induce")
    assert set(found) == {Site(4)}


def test_the_winner_is_the_best_of_all_layers(evaluation: Make) -> None:
    winner = evaluation(9, delta=31.0)
    others = [evaluation(3, delta=30.0), evaluation(9, delta=2.0), evaluation(5, delta=50.0, coherent=False)]
    assert best_overall([*others, winner], "induce") == winner


def test_when_suppressing_the_smallest_delta_wins(evaluation: Make) -> None:
    lowest = evaluation(9, -2.0, delta=-31.0)
    others = [evaluation(3, -2.0, delta=-30.0), evaluation(9, -1.0, delta=4.0)]
    assert best_overall([*others, lowest], "suppress") == lowest


def test_the_first_found_wins_a_tie(evaluation: Make) -> None:
    first, second = evaluation(3, 1.0), evaluation(3, 2.0)
    assert best_overall([first, second], "induce") == first


def test_nothing_wins_where_nothing_was_coherent(evaluation: Make) -> None:
    assert best_overall([evaluation(3, coherent=False)], "induce") is None


@given(found=st.lists(st.tuples(st.integers(0, 4), st.floats(-90, 90), st.booleans()), max_size=20))
def test_no_coherent_evaluation_beats_the_winner(
    found: list[tuple[int, float, bool]], evaluation: Make
) -> None:
    past = [evaluation(layer, delta=delta, coherent=coherent) for layer, delta, coherent in found]
    deltas = [delta for _, delta, coherent in found if coherent]
    for push, pick in (("induce", max), ("suppress", min)):
        winner = best_overall(past, push)
        if winner is None:
            assert not deltas
        else:
            assert winner.coherent
            assert winner.delta == pick(deltas)


def test_too_strong_is_the_weakest_push_that_broke_the_language(evaluation: Make) -> None:
    weakest = evaluation(3, 4.0, coherent=False)
    past = [
        evaluation(3, 9.0, coherent=False),
        weakest,
        evaluation(3, 2.0),
        evaluation(4, 1.0, coherent=False),
    ]
    assert weakest_incoherent(past, 3) == weakest
    assert weakest_incoherent([evaluation(3)], 3) is None


def test_a_layer_that_stayed_coherent_borrows_the_nearest_layers_too_strong(evaluation: Make) -> None:
    near, far = evaluation(5, 8.0, coherent=False), evaluation(9, 1.0, coherent=False)
    assert weakest_incoherent([far, evaluation(4, 2.0), near], 4) == near


def test_too_strong_a_negative_push_is_the_one_nearest_zero(evaluation: Make) -> None:
    weakest = evaluation(3, -4.0, coherent=False)
    assert weakest_incoherent([evaluation(3, -9.0, coherent=False), weakest], 3) == weakest


@pytest.mark.parametrize(
    ("coherence", "said"), [(31.42, "has coherence 31.4"), (None, "has coherence unscored")]
)
def test_a_search_without_a_coherent_evaluation_says_what_was_weakest_and_what_to_change(
    coherence: float | None, said: str, evaluation: Make, settings: Callable[..., SteerSettings]
) -> None:
    past = [
        evaluation(3, 7.0, coherent=False, relative_strength=0.7),
        evaluation(4, 6.0, coherent=False, relative_strength=0.62, coherence=coherence),
    ]
    sentence = nothing_coherent(past, settings(start=0.7, steps=4, threshold=70))
    assert "0.62 of the norm at layer 4" in sentence
    assert said in sentence
    assert "(threshold 70)" in sentence
    assert "lower steer.start (now 0.7) or raise steer.steps (now 4)" in sentence


def test_a_search_whose_judges_said_nothing_is_not_blamed_on_the_pushes(
    evaluation: Make, settings: Callable[..., SteerSettings]
) -> None:
    mute = [replace(evaluation(3, coherent=False), coherence=None) for _ in range(2)]
    assert nothing_coherent(mute, settings()).startswith("no evaluation has a coherence: fewer than 80 %")
    found = nothing_coherent([evaluation(3, delta=None), evaluation(4, coherent=False)], settings())
    assert found.startswith("no coherent evaluation has a trait score: fewer than 80 %")
    assert "start" not in found


def test_a_search_that_left_its_coherent_pushes_half_asked_says_so(
    evaluation: Make, settings: Callable[..., SteerSettings]
) -> None:
    half = replace(evaluation(3, 1.0, questions=3, whole=False), coherence=89.4, relative_strength=0.24)
    whole = replace(evaluation(3, 2.0, coherent=False), coherence=69.5, relative_strength=0.34)
    sentence = nothing_coherent([half, whole], settings(policy="frontier"))
    assert "of pushes that answered all questions the weakest, 0.34 of the norm at layer 3" in sentence
    assert "has coherence 69.5" in sentence and "raise steer.steps: weaker ones were coherent" in sentence


def test_an_evaluation_on_some_of_the_questions_cannot_be_best(evaluation: Make) -> None:
    partial = evaluation(3, delta=50.0, questions=3, whole=False)
    assert best_overall([partial, evaluation(4, delta=5.0)], "induce") == evaluation(4, delta=5.0)
    assert best_overall([partial], "induce") is None
