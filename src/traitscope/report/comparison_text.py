"""Comparisons as the terminal prints them: the three lines of evidence, and what to know beside them."""

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from traitscope.comparison import VerdictName
from traitscope.report import numbers, sentences
from traitscope.report.comparison_view import ComparisonView, NullBand, RankedTrait
from traitscope.report.groups_view import GroupedShifts
from traitscope.report.lines import figures_table, line
from traitscope.report.series_view import SeriesView
from traitscope.report.values import check_finite
from traitscope.report.view import ComparedRow, ReportView
from traitscope.report.writable import writable

_ARROW = "->"
VERDICT_STYLES: dict[VerdictName, str] = {
    "moved_up": "bold bright_red",
    "moved_down": "bold bright_blue",
    "behaviour_only": "yellow",
    "inside_only": "yellow",
    "not_shown": "dim",
    "cannot_tell": "dim",
}


def comparisons_text(view: ReportView) -> Group:
    """Every comparison with its figures, the series, and the list of all that was compared.

    Raises:
        ValueError: a figure of the view is not finite.
    """
    check_finite(view, "view")
    parts: list[object] = []
    for comparison in view.comparisons:
        parts += _comparison(comparison)
    for series in view.series:
        parts += _series(series)
    if view.compared:
        parts += [_heading("Everything that was compared"), _compared(view.compared)]
    return Group(*(parts or [Text("No variants were compared.")]))  # type: ignore[arg-type]


def _comparison(comparison: ComparisonView) -> list[object]:
    kind = " (control)" if comparison.control else ""
    said = f"{sentences.size(comparison)}; {_ascii(sentences.dose(comparison))}"
    parts: list[object] = [
        _heading(f"{comparison.before} {_ARROW} {comparison.after}{comparison.on_set}{kind}"),
        line(said),
        _evidence(comparison),
    ]
    parts += [line(f"{names}: {reason}") for names, reason in sentences.untold(comparison)]
    parts += [
        line(f"{row.trait}: opening only possible. {row.opening}")
        for row in comparison.ranking
        if row.opening
    ]
    if comparison.something_else:
        parts.append(line(f"something else moved: {comparison.something_else}"))
    if spanned := sentences.spanned(comparison):
        parts.append(line(spanned))
    parts += [line(sentences.family(one)) for one in comparison.families]
    if comparison.calibration:
        parts.append(line(f"inside: not calibrated here. {comparison.calibration}"))
    parts += ["", _effects(comparison)]
    for grouped in comparison.groups:
        parts += ["", line(f"by {grouped.field}: {grouped.measure}"), _groups(grouped)]
    return [*parts, ""]


def _evidence(comparison: ComparisonView) -> Table:
    heads = ("behaviour [95 %]", "inside [95 %]", "its null", "tail", "output", "controls")
    table = figures_table("trait", *heads)
    table.add_column("verdict", no_wrap=True)
    for row in comparison.ranking:
        style = VERDICT_STYLES[row.verdict]
        table.add_row(
            _name(row.trait), *_figures(row), Text(sentences.VERDICT_WORDS[row.verdict], style=style)
        )
    return table


def _figures(row: RankedTrait) -> list[str]:
    null = numbers.MISSING
    if isinstance(row.band, NullBand):
        null = f"{numbers.ratio(row.band.low)}..{numbers.ratio(row.band.high)}"
    above, some, _ = row.controls_above.partition(" controls score")
    found = (
        numbers.points_interval(row.behaviour),
        sentences.inside(row),
        null,
        numbers.tail(row.tail_share),
        numbers.signed(row.output),
        above if some else numbers.MISSING,
    )
    return [_ascii(text) for text in found]


def _effects(comparison: ComparisonView) -> Table:
    table = figures_table("plain shift of", "model effect [95 %]", "text effect [95 %]", "interaction [95 %]")
    for row in comparison.ranking:
        effects = (row.model_effect, row.text_effect, row.interaction)
        table.add_row(_name(row.trait), *(_ascii(numbers.shift_interval(effect)) for effect in effects))
    return table


def _groups(grouped: GroupedShifts) -> Table:
    traits = list(grouped.groups[0].shifts) if grouped.groups else []
    table = figures_table(writable(grouped.field), "prompts", *map(writable, traits))
    for group in grouped.groups:
        shifts = (_ascii(numbers.shift_interval(group.shifts[trait])) for trait in traits)
        table.add_row(_name(group.value), numbers.whole(group.prompts), *shifts)
    return table


def _series(series: SeriesView) -> list[object]:
    title = f" {_ARROW} ".join((series.first, *series.later))
    table = figures_table("trait", "at", "inside [95 %]", "behaviour [95 %]")
    for trait, steps in series.traits.items():
        for variant, step in zip(series.later, steps, strict=True):
            inside, behaviour = numbers.cosine_interval(step.inside), numbers.points_interval(step.behaviour)
            table.add_row(_name(trait), _name(variant), _ascii(inside), _ascii(behaviour))
    return [_heading(f"{title} on {series.prompts}"), table, ""]


def _compared(rows: Sequence[ComparedRow]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for head in ("pair", "prompts", "control", "state"):
        table.add_column(head)
    for row in rows:
        pair = f"{row.before} {_ARROW} {row.after}"
        table.add_row(_name(pair), _name(row.prompts), _name(row.control or "no"), row.state)
    return table


def _heading(text: str) -> Text:
    return Text(writable(text), style="bold")


def _name(text: str) -> Text:
    return Text(writable(text))


def _ascii(text: str) -> str:
    return numbers.ascii_minus(text).replace("\N{RIGHTWARDS ARROW}", _ARROW)
