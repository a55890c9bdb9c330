"""Small multiples: one trait's plain shift in every group of prompts, with its interval."""

from markupsafe import Markup

from traitscope.report import numbers
from traitscope.report.charts.evidence import reach, shortened
from traitscope.report.charts.svg import WIDTH, Scale, circle, drawing, label, line, tick_text, ticks
from traitscope.report.groups_view import GroupedShifts
from traitscope.report.palette import diverging_step
from traitscope.report.values import Absent

_LEFT, _RIGHT, _TOP, _STEP = 136, 14, 6, 20


def groups_reach(grouped: GroupedShifts) -> float:
    """The half-width of the scale that all traits of a field share."""
    return reach([shift for group in grouped.groups for shift in group.shifts.values()])


def group_shifts(grouped: GroupedShifts, trait: str, limit: float, title: str) -> Markup:
    """One row a group: a dot with its interval; a group too small for one says so."""
    x = Scale(-limit or -1.0, limit or 1.0, _LEFT, WIDTH - _RIGHT)
    bottom = _TOP + _STEP * len(grouped.groups)
    children = []
    for value in ticks(x.low, x.high, 4):
        children.append(line(x(value), _TOP, x(value), bottom, "zero" if value == 0 else "grid"))
        children.append(label(tick_text(value), x(value), bottom + 14, "tick", "middle"))
    for index, group in enumerate(grouped.groups):
        y = _TOP + _STEP * index + _STEP / 2
        shift = group.shifts[trait]
        children.append(
            label(f"{shortened(group.value)} ({group.prompts})", _LEFT - 10, y + 4, "trait", "end")
        )
        if isinstance(shift, Absent):
            children.append(label(shift.reason, x.start + 4, y + 4, "note"))
            continue
        children.append(line(x(shift.low), y, x(shift.high), y, "whisker"))
        name = f"{group.value} \N{MIDDLE DOT} {trait} {numbers.shift_interval(shift)}"
        children.append(circle(x(shift.mean), y, 4.5, f"dot m{diverging_step(shift.mean, limit / 2)}", name))
    return drawing(title, bottom + 20, children, kind="strip")
