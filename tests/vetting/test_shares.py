"""Shares of completions and their intervals, against published figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.vetting import difference, share, shares


def test_a_share_has_wilsons_interval() -> None:
    # Newcombe 1998 (Statistics in Medicine 17, 857), table I: 81 of 263, score method without correction.
    found = share(81, 263)

    assert (found.low, found.high) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))


def test_a_difference_has_newcombes_interval() -> None:
    # Newcombe 1998 (Statistics in Medicine 17, 873), table II, method 10: 56/70 - 48/80.
    found = difference(share(56, 70), share(48, 80))

    assert found.difference == pytest.approx(0.2)
    assert (found.low, found.high) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))


@given(st.integers(1, 200).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_an_interval_holds_its_share_and_stays_between_none_and_all(drawn: tuple[int, int]) -> None:
    found = share(*drawn)

    assert -1e-12 <= found.low <= found.share + 1e-12
    assert found.share - 1e-12 <= found.high <= 1 + 1e-12


def test_the_outcomes_of_a_set_are_counted() -> None:
    found = shares(["expresses", "drifts", "expresses", "reverses"])

    assert {name: one.found for name, one in found.items()} == {"expresses": 2, "reverses": 1, "drifts": 1}
