"""Vetted completions and questions in a terminal."""

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from traitscope.report import vetting_sentences
from traitscope.report.trait_view import VettingView
from traitscope.report.values import Absent
from traitscope.report.writable import writable
from traitscope.vetting import HIGHEST_MEAN, WIDEST_SPREAD, QuestionCheck, QuestionScore


def vetting_text(vetted: Mapping[str, VettingView | Absent]) -> RenderableType:
    """Every trait's pass rates, separation and worst completions."""
    parts: list[RenderableType] = []
    for name, view in vetted.items():
        parts.append(Text(writable(name), style="bold"))
        parts.append(_below(vetting_sentences.evidence(view)))
        if not isinstance(view, Absent) and view.worst:
            parts.append(_below("The worst completions:"))
            parts += [_below(vetting_sentences.worst_line(one), 4) for one in view.worst]
        parts.append(Text(""))
    return Group(*parts)


def questions_text(checks: Mapping[str, QuestionCheck]) -> RenderableType:
    """Every trait's unsteered scores, and the questions to rewrite."""
    parts: list[RenderableType] = []
    for name, check in checks.items():
        heading = Text(writable(f"{name}: "), style="bold")
        heading.append("good to steer on" if check.passed else "to be rewritten", _style(check))
        mean = "-" if check.mean is None else f"{check.mean:.1f}"
        spread = "-" if check.spread is None else f"{check.spread:.1f}"
        figures = (
            f"unsteered scores: mean {mean} (below {HIGHEST_MEAN:.0f} leaves room), "
            f"spread {spread} (below {WIDEST_SPREAD:.0f} lets a push show)"
        )
        parts += [heading, _below(figures)]
        if check.rewrite:
            parts.append(_below(f"{len(check.rewrite)} questions leave too little room:"))
            parts += [_below(_question(one), 4) for one in check.rewrite]
        parts.append(Text(""))
    return Group(*parts)


def _style(check: QuestionCheck) -> str:
    return "green" if check.passed else "yellow"


def _question(one: QuestionScore) -> str:
    return f"{one.score or 0.0:.0f}  {one.question}"


def _below(line: str, by: int = 2) -> Padding:
    return Padding(Text(writable(line)), (0, 0, 0, by))
