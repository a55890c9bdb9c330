"""What was found of a trait time after time, for a terminal: 76.7, then 19.6, and why."""

import json
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from traitscope.report import numbers
from traitscope.report.history_view import Changed, FoundOnce, HistoryView
from traitscope.report.lines import line
from traitscope.report.numbers import ascii_minus
from traitscope.report.values import Absent
from traitscope.report.writable import writable

_TIME = len("2026-11-27T22:41")
_LONGEST = 60


def history_text(found: HistoryView) -> RenderableType:
    """Searches in a table, then what lies between each and the next."""
    if not found.searches:
        return Text(writable(f"{found.trait}: no search has come to its end yet, so there is no history."))
    if not found.changes:
        only = found.searches[0]
        said = f"nothing to compare with yet; the one search that came to its end found {_delta(only)}"
        return Text(writable(ascii_minus(f"{found.trait}: {said} ({only.result}).")))
    count = len(found.searches)
    heading = f"{found.trait}: {count} searches, oldest first; figures are of the report questions"
    parts: list[RenderableType] = [Text(writable(heading), style="bold"), _searches(found), Text("")]
    for number, change in enumerate(found.changes):
        parts += _change(number, found.searches[number], found.searches[number + 1], change)
    return Group(*parts)


def _searches(found: HistoryView) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 2), header_style="bold")
    for head in ("", "finished", "baseline", "winner", "delta [95 %]", "coh", "layer", "coef", "result"):
        left = head in ("finished", "result")
        table.add_column(head, justify="left" if left else "right", no_wrap=head != "result")
    for number, one in enumerate(found.searches, start=1):
        figures = (
            *(numbers.points(value) for value in (one.baseline, one.trait)),
            numbers.points_interval(one.delta),
            numbers.points(one.coherence),
            "-" if isinstance(one.layer, Absent) else str(one.layer),
            numbers.significant(one.coefficient),
        )
        result = one.result.split(":")[0]
        table.add_row(str(number), one.finished[:_TIME], *map(ascii_minus, figures), result)
    return table


def _change(number: int, old: FoundOnce, new: FoundOnce, change: Changed) -> list[RenderableType]:
    heading = f"{number + 1} then {number + 2}: {_delta(old)} then {_delta(new)}"
    lines = [f"changed: {_parts(change)}"]
    lines += [f"{key}: {_quoted(was)}, then {_quoted(now)}" for key, (was, now) in change.written.items()]
    if old.judge != new.judge:
        lines.append(f"judge: {old.judge}, then {new.judge}")
    asked, asks, common = change.questions
    if not asked == asks == common:
        lines.append(f"report questions: {asked}, then {asks}; {common} in common")
    lines.append(f"cosine of the old and the new direction: {_cosines(old, new, change)}")
    for what, figure in (
        ("unsteered", change.baseline),
        ("winner", change.winner),
        ("delta", change.delta),
    ):
        told = numbers.points_interval(figure)
        told = figure.reason if isinstance(figure, Absent) else f"{told} on {figure.n} common questions"
        lines.append(f"{what}, new less old: {told}")
    return [Text(ascii_minus(heading), style="bold"), *map(line, lines), Text("")]


def _delta(one: FoundOnce) -> str:
    if isinstance(one.delta, Absent):
        return f"no delta ({one.delta.reason})"
    return numbers.signed_points(one.delta.mean)


def _parts(change: Changed) -> str:
    found = [
        f"{name} ({parts.reason if isinstance(parts, Absent) else ', '.join(parts)})"
        for name, parts in change.parts.items()
        if isinstance(parts, Absent) or parts
    ]
    return "; ".join(found) or "nothing that a figure depends on; it was made anew"


def _quoted(value: Any) -> str:
    """A value of a file, on one line; of a long text its beginning."""
    if value is None:
        return "none"
    if not isinstance(value, str):
        return json.dumps(value)
    words = " ".join(value.split())
    return f'"{words}"' if len(words) <= _LONGEST else f'"{words[: _LONGEST - 3]}..."'


def _cosines(old: FoundOnce, new: FoundOnce, change: Changed) -> str:
    if isinstance(change.cosines, Absent):
        return f"none: {change.cosines.reason}"
    told = []
    for layer, cosine in change.cosines.items():
        whose = [name for name, one in (("old", old), ("new", new)) if one.layer == layer]
        told.append(f"{numbers.cosine(cosine)} at layer {layer} ({' and '.join(whose)} winner's)")
    return ", ".join(told)
