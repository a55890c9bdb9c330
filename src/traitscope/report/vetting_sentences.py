"""Vetting in words: whether the scenes' completions were judged, and what came of it."""

from traitscope.report.trait_view import VettingView
from traitscope.report.values import Absent
from traitscope.vetting import LEAST_SEPARATION, Share, Vetted


def evidence(vetting: VettingView | Absent) -> str:
    """Pass rates and separation in a sentence or two; without vetting, that there was none."""
    if isinstance(vetting, Absent):
        return f"{vetting.reason[:1].upper()}{vetting.reason[1:]}."
    found = vetting.found
    text = (
        f"Vetted by {vetting.judge}, which saw completions without their scenes: {_rate(found.positive)} of"
        f" the positive and {_rate(found.negative)} of the negative ones pass."
    )
    if found.separation is None:
        return f"{text} Fewer than 80 % of a pole could be scored, so their means say nothing."
    text += f" The poles' means lie {found.separation:.0f} points apart"
    low = found.separation < LEAST_SEPARATION
    return (
        f"{text}, below {LEAST_SEPARATION:.0f}: the completions hardly show the trait." if low else f"{text}."
    )


def brief(vetting: VettingView | Absent) -> str:
    """For a cell of a table: `no`, or the pass rates of both poles."""
    if isinstance(vetting, Absent):
        return "no"
    return f"{100 * vetting.found.positive.share:.0f} / {100 * vetting.found.negative.share:.0f} %"


def worst_line(one: Vetted) -> str:
    """One of the worst completions."""
    score = "-" if one.score is None else f"{one.score:.0f}"
    return f"{one.pole}, line {one.line}, score {score}: {' '.join(one.text.split())}"


def _rate(share: Share) -> str:
    return f"{100 * share.share:.0f} % [{100 * share.low:.0f}, {100 * share.high:.0f}]"
