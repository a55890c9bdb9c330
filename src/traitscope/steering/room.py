"""Whether a trait leaves room to be pushed: scores end at 0 and at 100."""

from traitscope.config import SteerSettings


def no_room(baseline: float, settings: SteerSettings) -> str | None:
    """Why the unsteered answers leave too little to gain; None where there is room.

    Args:
        baseline: their mean trait score.
    """
    if settings.push == "suppress":
        if baseline > settings.skip_below:
            return None
        return (
            f"no room to suppress it: the unsteered answers score {baseline:.1f} already "
            f"(steer.skip_below {settings.skip_below:g})"
        )
    if baseline < settings.skip_above:
        return None
    return (
        f"no room to induce it: the unsteered answers score {baseline:.1f} already "
        f"(steer.skip_above {settings.skip_above:g})"
    )
