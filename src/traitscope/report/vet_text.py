"""Vetted completions and questions in a terminal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

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


@dataclass(frozen=True)
class QuestionsView:
    """A trait's questions, and what became of them."""

    judge: str
    """Its label."""
    push: Literal["induce", "suppress"]
    questions: int
    unscored: int
    check: QuestionCheck


def questions_text(views: Mapping[str, QuestionsView]) -> RenderableType:
    """Every trait's unsteered scores, and the questions to rewrite."""
    parts: list[RenderableType] = []
    for name, view in views.items():
        parts.append(_heading(name, view.check))
        parts.append(_below(f"{view.questions} questions answered without steering, scored by {view.judge}"))
        parts.append(_below(_figures(view)))
        if view.unscored:
            noun = "answer has" if view.unscored == 1 else "answers have"
            parts.append(_below(f"{view.unscored} {noun} no score"))
        rewrite = view.check.rewrite
        if rewrite:
            noun = "question leaves" if len(rewrite) == 1 else "questions leave"
            parts.append(_below(f"{len(rewrite)} {noun} too little room:"))
            parts += [_below(_question(one), 4) for one in rewrite]
        parts.append(Text(""))
    return Group(*parts)


def _heading(name: str, check: QuestionCheck) -> Text:
    heading = Text(writable(f"{name}: "), style="bold")
    if check.mean is None:
        heading.append("not known", "yellow")
    elif check.passed:
        heading.append("good to steer on", "green")
    else:
        heading.append("to be rewritten", "yellow")
    return heading


def _figures(view: QuestionsView) -> str:
    check = view.check
    if check.mean is None:
        return "fewer than 80 % of the answers could be scored, so nothing can be said of the questions"
    room = (
        f"below {HIGHEST_MEAN:.0f} leaves room"
        if view.push == "induce"
        else f"above {100 - HIGHEST_MEAN:.0f} leaves room to suppress"
    )
    spread = "-" if check.spread is None else f"{check.spread:.1f}"
    return f"mean {check.mean:.1f} ({room}), spread {spread} (below {WIDEST_SPREAD:.0f} lets a push show)"


def _question(one: QuestionScore) -> str:
    return f"{one.score or 0.0:3.0f}  {one.question}"


def _below(line: str, by: int = 2) -> Padding:
    return Padding(Text(writable(line)), (0, 0, 0, by))
