"""Bars of the comparison: values with intervals on one scale, over the null band of their own trait."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from traitscope.report import numbers, sentences
from traitscope.report.charts.svg import (
    WIDTH,
    Scale,
    circle,
    drawing,
    label,
    line,
    rectangle,
    tick_text,
    ticks,
)
from traitscope.report.comparison_view import ComparisonView, NullBand, RankedTrait
from traitscope.report.palette import diverging_step
from traitscope.report.values import Absent, Estimate, Measured, Number

BAR_WIDTH, BAR_HEIGHT = 220, 26
_PAD = 6
_NAME, _LETTERS = 126, 21
"""Pixels and letters kept for a trait's name."""


def reach(values: Sequence[Number | Measured]) -> float:
    """The half-width of a scale, symmetric about 0, that holds every value and interval."""
    ends = [0.0]
    for value in values:
        if isinstance(value, Estimate):
            ends += [value.mean, value.low, value.high]
        elif not isinstance(value, Absent):
            ends.append(value)
    return max(abs(end) for end in ends) * 1.04


class Reaches(NamedTuple):
    """The half-width of each line of evidence's scale."""

    behaviour: float
    inside: float
    output: float
    shift: float


def reaches(comparisons: Sequence[ComparisonView]) -> Reaches:
    """One scale a line of evidence for all comparisons: a control's bars must look as small as they are."""
    rows = [row for comparison in comparisons for row in comparison.ranking]
    bands = [row.band for row in rows if isinstance(row.band, NullBand)]
    inside: list[Number | Measured] = [
        value for row in rows for value in (row.score, row.inside, row.score_last_prompt)
    ]
    return Reaches(
        behaviour=reach([row.behaviour for row in rows]),
        inside=reach([*inside, *(end for band in bands for end in (band.low, band.high))]),
        output=reach([row.output for row in rows]),
        shift=reach([row.shift for row in rows]),
    )


def bar(
    value: Number | Measured,
    limit: float,
    title: str,
    band: NullBand | Absent | None = None,
    beside: Number | None = None,
) -> Markup:
    """A bar from 0 with its interval, over the null band where there is one.

    Args:
        limit: the half-width of the scale, see `reach`.
        beside: a second value, drawn as a small open circle.
    """
    x = Scale(-limit, limit, _PAD, BAR_WIDTH - _PAD)
    middle = BAR_HEIGHT / 2
    children = []
    if isinstance(band, NullBand):
        children.append(rectangle(x(band.low), 0, x(band.high) - x(band.low), BAR_HEIGHT, "band"))
    children.append(line(x(0), 0, x(0), BAR_HEIGHT, "zero"))
    mean = value.mean if isinstance(value, Estimate) else value
    if isinstance(mean, Absent):
        children.append(label(numbers.MISSING, x(0), middle + 4, "note", "middle"))
        return drawing(title, BAR_HEIGHT, children, BAR_WIDTH, "bar none")
    kind = f"bar m{diverging_step(mean, limit / 2)}"
    children.append(rectangle(min(x(0), x(mean)), middle - 4, abs(x(mean) - x(0)), 8, kind))
    if isinstance(value, Estimate):
        children += _whisker(value, x, middle)
    if beside is not None and not isinstance(beside, Absent):
        children.append(circle(x(beside), middle, 3.6, "beside"))
    return drawing(title, BAR_HEIGHT, children, BAR_WIDTH, "bar")


def score_strip(ranking: Sequence[RankedTrait], limit: float, title: str) -> Markup:
    """All traits' inside scores, ranked: each with its name and interval over its own null band."""
    scored = [(row, row.score) for row in ranking if not isinstance(row.score, Absent)]
    if not scored:
        return drawing(title, 40, [label("no inside scores", WIDTH / 2, 24, "note", "middle")])
    step, top = 22, 18
    height = top + step * len(scored) + 20
    x = Scale(-limit, limit, _NAME + 10, WIDTH - 12)
    children = [label("inside score", x.start, 10, "axis")]
    for value in ticks(-limit, limit, 4):
        children.append(label(tick_text(value), x(value), height - 4, "tick", "middle"))
    for index, (row, _) in enumerate(scored):
        y = top + step * index + step / 2 - 2
        children.append(label(shortened(row.trait), _NAME, y + 4, "trait", "end"))
        if isinstance(row.band, NullBand):
            across = x(row.band.high) - x(row.band.low)
            name = f"{row.trait} \N{MIDDLE DOT} {sentences.band(row.band)}"
            children.append(rectangle(x(row.band.low), y - 8, across, 16, "band", name))
    children.append(line(x(0), top - 2, x(0), height - 18, "zero"))
    for index, (row, score) in enumerate(scored):
        y = top + step * index + step / 2 - 2
        if isinstance(row.inside, Estimate):
            children.append(line(x(row.inside.low), y, x(row.inside.high), y, "whisker"))
        dot = f"dot m{diverging_step(score, limit / 2)}"
        children.append(circle(x(score), y, 5, dot, f"{row.trait} · inside score {sentences.inside(row)}"))
    return drawing(title, height, children, kind="strip")


def shortened(name: str) -> str:
    """A trait's name as it fits beside a drawing."""
    return name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _whisker(value: Estimate, x: Scale, middle: float) -> list[Markup]:
    return [
        line(x(value.low), middle, x(value.high), middle, "whisker"),
        line(x(value.low), middle - 4, x(value.low), middle + 4, "whisker"),
        line(x(value.high), middle - 4, x(value.high), middle + 4, "whisker"),
    ]
