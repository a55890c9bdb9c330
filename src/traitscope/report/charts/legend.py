"""The diverging scale as a strip, to stand between its two ends' numbers."""

from markupsafe import Markup

from traitscope.report.charts.svg import drawing, rectangle
from traitscope.report.palette import DIVERGING_STEPS

_STEP, _HEIGHT = 8, 10


def legend() -> Markup:
    """Every tint from most negative to most positive."""
    steps = [rectangle(step * _STEP, 0, _STEP, _HEIGHT, f"f{step}") for step in range(DIVERGING_STEPS)]
    return drawing(
        "Colour scale from negative (blue) over none to positive (orange)",
        _HEIGHT,
        steps,
        DIVERGING_STEPS * _STEP,
        "legend",
    )
