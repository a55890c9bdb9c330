"""Whether scores leave room to push a trait."""

from collections.abc import Callable

import pytest

from traitscope.config import SteerSettings
from traitscope.steering import no_room


@pytest.mark.parametrize(
    ("push", "baseline", "full"),
    [
        ("induce", 84.9, False),
        ("induce", 85.0, True),
        ("induce", 0.0, False),
        ("suppress", 5.1, False),
        ("suppress", 5.0, True),
        ("suppress", 100.0, False),
    ],
)
def test_there_is_no_room_above_to_induce_and_none_below_to_suppress(
    push: str, baseline: float, full: bool, settings: Callable[..., SteerSettings]
) -> None:
    reason = no_room(baseline, settings(push=push))
    assert (reason is not None) == full
    if reason is not None:
        assert f"no room to {push} it" in reason
        assert f"{baseline:.1f}" in reason


def test_the_bounds_are_the_files(settings: Callable[..., SteerSettings]) -> None:
    assert no_room(60.0, settings(skip_above=60)) is not None
    assert no_room(90.0, settings(skip_above=90.5)) is None
    assert no_room(12.0, settings(push="suppress", skip_below=12)) is not None
