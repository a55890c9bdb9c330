"""Lines over the steps of a series: a figure of one trait at every variant, each held against the first."""

from collections.abc import Sequence

from markupsafe import Markup

from traitscope.report.charts.evidence import reach
from traitscope.report.charts.svg import (
    WIDTH,
    Scale,
    circle,
    drawing,
    label,
    line,
    polyline,
    rectangle,
    tick_text,
    ticks,
)
from traitscope.report.comparison_view import NullBand
from traitscope.report.palette import diverging_step
from traitscope.report.series_view import SeriesView
from traitscope.report.values import Absent, Estimate, Measured

HEIGHT = 150
LEFT, RIGHT, TOP, BOTTOM = 40, 14, 18, 26
_LETTER = 6.5
"""Pixels of a letter of a variant's name."""


def series_reach(series: SeriesView) -> tuple[float, float]:
    """Half-widths of the two scales that all traits of a series share: inside scores, points of behaviour."""
    steps = [step for of_trait in series.traits.values() for step in of_trait]
    bands = [step.band for step in steps if isinstance(step.band, NullBand)]
    ends = [end for band in bands for end in (band.low, band.high)]
    return reach([*(step.inside for step in steps), *ends]), reach([step.behaviour for step in steps])


def series_lines(
    names: Sequence[str],
    steps: Sequence[Measured],
    limit: float,
    axis: str,
    title: str,
    bands: Sequence[NullBand | Absent] = (),
) -> Markup:
    """A line through the steps with their intervals, from 0 at the first variant on.

    Args:
        names: the first variant, then one for each step.
        limit: the half-width of the scale, alike for all traits.
        bands: of each step; drawn behind it.
    """
    x = Scale(0, max(1, len(steps)), LEFT + 14, WIDTH - RIGHT - 14)
    y = Scale(-limit or -1.0, limit or 1.0, HEIGHT - BOTTOM, TOP)
    children = [label(axis, LEFT, 9, "axis")]
    for value in ticks(y.low, y.high, 4):
        children.append(line(LEFT, y(value), WIDTH - RIGHT, y(value), "zero" if value == 0 else "grid"))
        children.append(label(tick_text(value), LEFT - 5, y(value) + 3.5, "tick", "end"))
    room = int((x(1) - x(0)) / _LETTER)
    for place, name in enumerate(names):
        short = name if len(name) <= room else name[: max(1, room - 1)] + "\N{HORIZONTAL ELLIPSIS}"
        children.append(label(short, x(place), HEIGHT - BOTTOM + 16, "tick", "middle"))
    for place, band in enumerate(bands, start=1):
        if isinstance(band, NullBand):
            tall = y(band.low) - y(band.high)
            children.append(rectangle(x(place) - 9, y(band.high), 18, tall, "band"))
    known = [(place, step) for place, step in enumerate(steps, start=1) if isinstance(step, Estimate)]
    if not known:
        reason = next((step.reason for step in steps if isinstance(step, Absent)), "no later variant")
        return drawing(title, HEIGHT, [*children, label(reason, x(0) + 8, y(0) - 6, "note")], kind="series")
    points = [(x(0), y(0)), *((x(place), y(step.mean)) for place, step in known)]
    children.append(polyline(points, "curve real"))
    children.append(circle(x(0), y(0), 3, "beside", f"{names[0]}: what all others are held against"))
    for place, step in known:
        children.append(line(x(place), y(step.low), x(place), y(step.high), "whisker"))
        written = f"{step.mean:+.3g} [{step.low:.3g}, {step.high:.3g}]"
        name = f"{names[place]} \N{MIDDLE DOT} {axis} {written}".replace("-", "\N{MINUS SIGN}")
        children.append(
            circle(x(place), y(step.mean), 4.5, f"dot m{diverging_step(step.mean, limit / 2)}", name)
        )
    return drawing(title, HEIGHT, children, kind="series")
