"""Pauses: they grow, they differ, and what the endpoint asks for goes first."""

import pytest

from traitscope.judging.patience import Patience, retry_after


def test_pauses_grow_twofold_up_to_the_longest() -> None:
    patience = Patience(first=1.0, longest=10.0)
    for tries, most in [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 10.0), (5000, 10.0)]:
        found = [patience.seconds(tries, None) for _ in range(50)]
        assert most / 2 <= min(found)
        assert max(found) <= most
        assert len(set(found)) > 1


def test_a_pause_that_was_asked_for_is_never_shortened() -> None:
    found = [Patience().seconds(1, 30.0) for _ in range(50)]
    assert min(found) >= 30.0
    assert max(found) <= 33.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "Thu, 01 Jan 2026 00:00:20 GMT"}, 20.0),
        ({"retry-after": "Wed, 31 Dec 2025 23:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_headers_ask_in_seconds_or_with_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, now=1767225600.0) == seconds
