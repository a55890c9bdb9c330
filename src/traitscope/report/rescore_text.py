"""Old and new scores of the same answers for a terminal: is the definition scoring the wrong thing?"""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from traitscope.report import numbers
from traitscope.report.lines import figures_table, line
from traitscope.report.numbers import ascii_minus
from traitscope.report.rescore_view import Found, Rescored, RescoreView
from traitscope.report.values import Absent, Number
from traitscope.report.writable import writable

OUTCOMES = {
    "same": "the search goes the same way; run has nothing to steer",
    "elsewhere": "the new scores lead the search elsewhere; run steers on",
}
ANOTHER = "the new scores choose another winner; run answers the report questions with it"
UNPROVED = "the winner stays, and answers that prove it are to be made anew; run makes them"


def rescored_text(views: Sequence[RescoreView]) -> RenderableType:
    """Every trait, one below the other."""
    return Group(*(part for view in views for part in _trait(view)))


def outcome_sentence(found: Rescored) -> str:
    """How the search goes with the new scores, and what a run does."""
    if found.outcome == "unproved":
        return UNPROVED if _point(found.winner.old) == _point(found.winner.new) else ANOTHER
    return OUTCOMES[found.outcome]


def _trait(view: RescoreView) -> list[RenderableType]:
    if isinstance(view.found, Absent):
        return [Text(writable(f"{view.trait}: {view.found.reason}"))]
    found = view.found
    heading = f"{view.trait}: {found.answers:,} stored answers; changed: {', '.join(found.changed)}"
    parts: list[RenderableType] = [Text(writable(heading), style="bold")]
    if found.judge.old != found.judge.new:
        parts.append(line(f"judged by {found.judge.new}, before by {found.judge.old}"))
    parts += [line(found.coherence), Text("")]
    parts += [_layers(found), Text(""), _arms(found), Text("")]
    order = numbers.ratio(found.layer_order)
    why = f" ({found.layer_order.reason})" if isinstance(found.layer_order, Absent) else ""
    parts.append(line(f"order of layers, old against new: rank correlation {order}{why}"))
    parts.append(line(f"order of answers: rank correlation {numbers.ratio(found.answer_order)}"))
    parts.append(line(f"winner: {_winner(found.winner.old)} -> {_winner(found.winner.new)}"))
    new = found.result.new
    parts.append(line(f"result: {found.result.old} -> {new.reason if isinstance(new, Absent) else new}"))
    parts.append(Padding(Text(writable(outcome_sentence(found)), style="bold"), (0, 0, 0, 2)))
    return [*parts, Text("")]


def _layers(found: Rescored) -> Table:
    table = figures_table(
        "search questions", "old coef", "new coef", "old delta", "new delta", "old coh", "new coh", indent=2
    )
    baseline = (numbers.points(one) for one in (found.baseline.old, found.baseline.new))
    table.add_row("baseline (trait score)", "", "", *baseline, "", "")
    for layer, both in found.layers.items():
        old, new = both.old, both.new
        cells = [
            *(_cell(one, "coefficient") for one in (old, new)),
            *(_cell(one, "delta") for one in (old, new)),
            *(_cell(one, "coherence") for one in (old, new)),
        ]
        marks = "".join(
            mark
            for mark, winner in ((" < old winner", found.winner.old), (" < new winner", found.winner.new))
            if isinstance(winner, Found) and winner.layer == layer
        )
        table.add_row(f"layer {layer}{marks.replace(' < old winner < new winner', ' < winner')}", *cells)
    return table


def _arms(found: Rescored) -> RenderableType:
    if not found.arms:
        return line("no winner before, so that no report questions were answered")
    table = figures_table("report questions", "old", "new", "old delta", "new delta", "new coh", indent=2)
    for name, both in found.arms.items():
        cells = [
            *(numbers.points(one.trait) for one in (both.old, both.new)),
            *(numbers.points_interval(one.delta) for one in (both.old, both.new)),
            numbers.points(both.new.coherence),
        ]
        table.add_row(f"{name} (the old one)" if name == "winner" else name, *map(ascii_minus, cells))
    return table


def _cell(one: Found | Absent, name: str) -> str:
    if isinstance(one, Absent):
        return numbers.MISSING
    value: Number = getattr(one, name)
    if name == "coefficient":
        return ascii_minus(numbers.significant(value))
    return ascii_minus(numbers.signed_points(value) if name == "delta" else numbers.points(value))


def _winner(one: Found | Absent) -> str:
    if isinstance(one, Absent):
        return f"none ({one.reason})"
    return f"layer {one.layer} at {numbers.significant(one.coefficient)}, {numbers.signed_points(one.delta)}"


def _point(one: Found | Absent) -> tuple[int, float] | None:
    return None if isinstance(one, Absent) else (one.layer, one.coefficient)
