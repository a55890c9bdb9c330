"""What became of a judge's check, for a terminal, and what a cache holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from traitscope.judging.agreement import Change
from traitscope.judging.cache import Kept
from traitscope.judging.check_limits import CheckThresholds
from traitscope.judging.check_record import JudgeCheck
from traitscope.judging.coherence_check import CoherenceCheck, CoherenceLimits
from traitscope.report.writable import writable

State = Literal["passed", "failed", "unchecked"]
STATE_STYLES: dict[State, str] = {"passed": "green", "failed": "red", "unchecked": "yellow"}
MISSING = "-"


@dataclass(frozen=True)
class CheckView:
    """One judge's check as it is shown."""

    trait: str
    judge: str
    state: State
    reasons: tuple[str, ...]
    """Why it failed, or was not checked."""
    found: JudgeCheck | CoherenceCheck | None
    page: str
    """Path of the page with the calibration plot; empty where there is none."""
    label: str = ""
    """The judge with what bears on its worth; empty where nothing does."""

    def as_json(self) -> dict[str, Any]:
        """The check for programs."""
        return {
            "trait": self.trait,
            "judge": self.judge,
            "state": self.state,
            "reasons": list(self.reasons),
            "check": None if self.found is None else self.found.as_record(),
        }


def checks_text(views: Sequence[CheckView]) -> RenderableType:
    """Every judge of a trait, one after the other."""
    if not views:
        return Text("No judge scores this trait.")
    return Group(*(part for view in views for part in _check(view)))


def check_rows(found: JudgeCheck | CoherenceCheck) -> list[tuple[str, str, str]]:
    """Figure, value and what is asked of it, of every line of a check."""
    return _coherence_rows(found) if isinstance(found, CoherenceCheck) else _trait_rows(found)


def injection_rows(found: JudgeCheck) -> list[tuple[str, str, str, str]]:
    """Kind, number, mean and largest move, of the attacks of each kind."""
    kinds = sorted({one.kind for one in found.injections})
    rows = []
    for kind in kinds:
        pairs = [(one.control, one.attacked) for one in found.injections if one.kind == kind]
        moves = [abs(b - a) for a, b in pairs if a is not None and b is not None]
        mean = f"{sum(moves) / len(moves):.1f}" if moves else MISSING
        rows.append((kind, str(len(pairs)), mean, f"{max(moves):.1f}" if moves else MISSING))
    return rows


def cache_table(kept: Sequence[Kept]) -> Table:
    """What the cache holds, by model and by what it was asked for."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for head in ("model", "asked for"):
        table.add_column(head, overflow="fold")  # what is pruned by is copied from here
    for head in ("judged", "no value", "tokens", "money"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("last", no_wrap=True)
    for one in kept:
        last = datetime.fromtimestamp(one.last).date().isoformat()
        asked = one.rubric if one.rubric == one.kind else f"{one.kind} {one.rubric}"
        figures = (f"{one.judgements:,}", f"{one.without_value:,}", f"{one.tokens:,}", f"{one.money:.4f}")
        table.add_row(Text(writable(one.identity)), Text(writable(asked)), *figures, last)
    return table


def _check(view: CheckView) -> list[RenderableType]:
    heading = Text(writable(f"{view.trait}: {view.label or view.judge}: "), style="bold")
    heading.append(view.state, style=STATE_STYLES[view.state])
    parts: list[RenderableType] = [heading]
    parts += [Padding(Text(writable(f"{reason}.")), (0, 0, 0, 2)) for reason in view.reasons]
    if view.found is not None:
        parts.append(Padding(_figures(view.found), (0, 0, 0, 2)))
        if isinstance(view.found, JudgeCheck) and view.found.injections:
            parts.append(Padding(_injections(view.found), (1, 0, 0, 2)))
    if view.page:
        parts.append(Padding(Text(f"page with the calibration plot: {view.page}", style="dim"), (0, 0, 0, 2)))
    return [*parts, Text("")]


def _figures(found: JudgeCheck | CoherenceCheck) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column("figure")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("asked", style="dim")
    for row in check_rows(found):
        table.add_row(*row)
    return table


def _injections(found: JudgeCheck) -> Table:
    title = "attacks, points moved" + ("" if found.injections_bind else " (for information)")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(title)
    for head in ("n", "mean", "largest"):
        table.add_column(head, justify="right")
    for row in injection_rows(found):
        table.add_row(*row)
    return table


def _trait_rows(found: JudgeCheck) -> list[tuple[str, str, str]]:
    limits, agreement, cut = CheckThresholds(), found.agreement, found.agreement_cut
    bound = "" if found.injections_bind else "for information"
    return [
        ("labelled answers", str(agreement.answers), ""),
        ("without a score", str(agreement.unscored), f"at most {limits.unscored:.0%}"),
        ("AUC, labels from 50 on", _two(agreement.auc), f"at least {limits.auc:.2f}"),
        ("AUC, clear cases", _two(agreement.auc_extremes), f"at least {limits.auc_extremes:.2f}"),
        ("AUC, answers cut to half", _two(cut.auc), ""),
        ("rank correlation", _two(agreement.spearman), f"at least {limits.spearman:.2f}"),
        ("mean error, points", _one(agreement.mean_error), f"at most {limits.mean_error:g}"),
        ("slope", _two(agreement.slope), "1 is calibrated; below 1, squeezed to the middle"),
        ("asked again, points moved", *_moved(found.repeated, limits.again_mean, limits.again_largest)),
        ("in reverse order", *_moved(found.reversed, limits.again_mean, limits.again_largest)),
        (
            "correlation with length",
            _signed(found.length_correlation),
            f"label held; at most {limits.length_correlation:g} either way",
        ),
        ("cut to half, mean move", _signed(found.cut.mean), ""),
        (
            "neutral sentence added",
            _signed(found.lengthened.mean),
            f"at most {limits.lengthened:g} either way",
        ),
        (
            "attacks, points moved",
            _sizes(found.injected),
            bound or f"mean at most {limits.injected_mean:g}, largest {limits.injected_largest:g}",
        ),
    ]


def _coherence_rows(found: CoherenceCheck) -> list[tuple[str, str, str]]:
    limits = CoherenceLimits()
    means = [
        (f"{name} answers, mean", f"{mean:.1f}", f"{found.counts[name]} scored")
        for name, mean in found.means.items()
    ]
    return [
        *means,
        ("AUC, prompted against strong", f"{found.separation:.3f}", f"at least {limits.separation:g}"),
        (
            "plain less prompted, points",
            f"{found.difference:+.1f}",
            f"under {limits.difference:g} either way",
        ),
        ("AUC, moderate against strong", f"{found.ranking:.3f}", f"at least {limits.ranking:g}"),
    ]


def _moved(change: Change, mean: float, largest: float) -> tuple[str, str]:
    return _sizes(change), f"mean at most {mean:g}, largest {largest:g}"


def _sizes(change: Change) -> str:
    if change.mean_size is None or change.largest is None:
        return MISSING
    return f"{change.mean_size:.1f}, largest {change.largest:.1f}"


def _two(value: float | None) -> str:
    return MISSING if value is None else f"{value:.2f}"


def _one(value: float | None) -> str:
    return MISSING if value is None else f"{value:.1f}"


def _signed(value: float | None) -> str:
    return MISSING if value is None else f"{value:+.2f}"
