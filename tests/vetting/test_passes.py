"""Judged completions: who passes, how far the poles stand apart, what is worst."""

import pytest

from traitscope.vetting import Pole, Vetted, passing_pairs, vetting, worst


def vetted(pole: Pole, pair: int, score: float | None) -> Vetted:
    return Vetted(pole, pair, pair + 1, f"{pole} {pair}", score, "" if score is not None else "no number")


JUDGED = [
    vetted("positive", 0, 90),
    vetted("positive", 1, 60),
    vetted("positive", 2, 59.9),
    vetted("positive", 3, 100),
    vetted("positive", 4, 70),
    vetted("negative", 0, 40),
    vetted("negative", 1, 40.1),
    vetted("negative", 2, 0),
    vetted("negative", 3, None),
    vetted("negative", 4, 10),
]


def test_both_bounds_pass() -> None:
    found = vetting(JUDGED, positive=60, negative=40)

    assert (found.positive.found, found.negative.found) == (4, 3)
    assert found.unscored == 1


def test_the_poles_stand_apart_by_the_difference_of_their_means() -> None:
    found = vetting(JUDGED, positive=60, negative=40)

    assert found.positive_mean == pytest.approx((90 + 60 + 59.9 + 100 + 70) / 5)
    assert found.negative_mean == pytest.approx((40 + 40.1 + 0 + 10) / 4)
    assert found.separation == pytest.approx(found.positive_mean - found.negative_mean)


def test_too_few_scores_give_no_separation() -> None:
    silent = [vetted("negative", pair, None) for pair in range(5)]

    assert vetting([*JUDGED[:5], *silent], 60, 40).separation is None


def test_the_worst_are_furthest_on_the_wrong_side_of_either_pole() -> None:
    judged = [vetted("positive", 0, 20), vetted("positive", 1, 90), vetted("negative", 0, 95)]
    judged += [vetted("negative", 1, 0), vetted("negative", 2, None), vetted("positive", 2, 70)]

    assert [(one.pole, one.pair) for one in worst(judged, 3)] == [
        ("negative", 0),
        ("positive", 0),
        ("positive", 2),
    ]


def test_a_pair_stays_only_if_both_of_its_completions_pass() -> None:
    assert passing_pairs(JUDGED, positive=60, negative=40) == [0, 4]
