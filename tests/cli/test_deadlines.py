"""Deadlines as they are typed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.cli.deadlines import seconds_until
from traitscope.errors import InputError

NOW = datetime(2026, 11, 27, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90m", 5400), ("1h30m", 5400), ("2h", 7200), ("45s", 45), ("1h 5m 3s", 3903), ("0.5h", 1800)],
)
def test_a_span_is_hours_minutes_and_seconds(text: str, seconds: float) -> None:
    assert seconds_until(text, NOW) == seconds


@given(st.integers(1, 10**7))
def test_a_moment_is_the_seconds_until_then(seconds: int) -> None:
    moment = NOW + timedelta(seconds=seconds)
    assert seconds_until(moment.isoformat(), NOW) == pytest.approx(seconds)


def test_a_moment_without_a_zone_is_local() -> None:
    local = datetime.now().astimezone()
    text = (local + timedelta(hours=1)).replace(tzinfo=None).isoformat()
    assert seconds_until(text, local) == pytest.approx(3600)


@pytest.mark.parametrize("text", ["2026-11-27T21:59+00:00", "0m", "0h0s", "2020-01-01"])
def test_a_deadline_in_the_past_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"--deadline: '.*' is in the past \(it is 2026-11-27T22:00\)"):
        seconds_until(text, NOW)


@pytest.mark.parametrize("text", ["", "soon", "90", "m", "-5m", "1d", "nan", "2026-13-01", "1h90"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"is no time; write a span such as 90m"):
        seconds_until(text, NOW)
