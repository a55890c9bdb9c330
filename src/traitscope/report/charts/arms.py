"""What the winner does beside its arms: every delta with its interval on one scale."""

from collections.abc import Sequence

from markupsafe import Markup

from traitscope.report import numbers
from traitscope.report.charts.evidence import reach
from traitscope.report.charts.svg import WIDTH, Scale, circle, drawing, label, line, tick_text, ticks
from traitscope.report.palette import diverging_step
from traitscope.report.trait_view import Arm
from traitscope.report.values import Absent

_LEFT, _RIGHT, _TOP, _STEP = 78, 12, 18, 22
_LETTER, _LONGEST = 6.8, 22
"""Width of a letter of an arm's name; letters of the longest that is written whole."""


def arm_intervals(arms: Sequence[Arm], title: str) -> Markup:
    """One row an arm that has a delta: a dot with its 95 % interval."""
    rows = [(_shortened(arm.name.replace("_", " ")), arm.delta) for arm in arms]
    shown = [(name, delta) for name, delta in rows if not isinstance(delta, Absent)]
    if not shown:
        return drawing(title, 60, [label("no delta was measured", WIDTH / 2, 34, "note", "middle")])
    bottom = _TOP + _STEP * len(shown)
    low = min(0.0, *(delta.low for _, delta in shown))
    high = max(0.0, *(delta.high for _, delta in shown))
    margin = (high - low) * 0.06
    left = max(_LEFT, 14 + _LETTER * max(len(name) for name, _ in shown))
    x = Scale(low - margin, high + margin, left, WIDTH - _RIGHT)
    limit = reach([delta for _, delta in shown])
    children = [label("delta, points", left, 9, "axis")]
    for value in ticks(x.low, x.high, 5):
        children.append(line(x(value), _TOP - 4, x(value), bottom, "zero" if value == 0 else "grid"))
        children.append(label(tick_text(value), x(value), bottom + 14, "tick", "middle"))
    for index, (name, delta) in enumerate(shown):
        y = _TOP + _STEP * index + _STEP / 2 - 2
        children.append(label(name, left - 10, y + 4, "trait", "end"))
        children.append(line(x(delta.low), y, x(delta.high), y, "whisker"))
        kind = f"dot m{diverging_step(delta.mean, limit / 2)}"
        children.append(circle(x(delta.mean), y, 5, kind, f"{name} · delta {numbers.points_interval(delta)}"))
    return drawing(title, bottom + 20, children, kind="strip")


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
