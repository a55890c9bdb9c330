"""Vetting in words: whether the scenes' completions were judged, and what came of it."""

from traitscope.report.trait_view import Filtered, VettingView
from traitscope.report.values import Absent
from traitscope.vetting import LEAST_SEPARATION, Share, Vetted, Vetting


def evidence(vetting: VettingView | Absent) -> str:
    """Pass rates and separation in a sentence or two; without vetting, that there was none."""
    if isinstance(vetting, Absent):
        return f"{vetting.reason[:1].upper()}{vetting.reason[1:]}."
    found = vetting.found
    text = (
        f"Vetted by {vetting.judge}, which saw completions without their scenes: {_rate(found.positive)} of"
        f" the positive and {_rate(found.negative)} of the negative ones pass."
    )
    return f"{text} {_apart(found)}{_filtered(vetting.filtered)}"


def brief(vetting: VettingView | Absent) -> str:
    """For a cell of a table: the pass rates of both poles, or that there are none."""
    if isinstance(vetting, Absent):
        return "not vetted"
    rates = f"{100 * vetting.found.positive.share:.0f} / {100 * vetting.found.negative.share:.0f} %"
    return f"{rates}, self-vetted" if vetting.self_vetted else rates


def worst_line(one: Vetted) -> str:
    """One of the worst completions."""
    score = "-" if one.score is None else f"{one.score:.0f}"
    return f"{one.pole}, line {one.line}, score {score}: {' '.join(one.text.split())}"


def _apart(found: Vetting) -> str:
    if found.separation is None:
        return "Fewer than 80 % of a pole could be scored, so their means say nothing."
    apart = f"The poles' means lie {found.separation:.0f} points apart"
    low = found.separation < LEAST_SEPARATION
    return (
        f"{apart}, below {LEAST_SEPARATION:.0f}: the completions hardly show the trait."
        if low
        else f"{apart}."
    )


def _filtered(filtered: Filtered | None) -> str:
    if filtered is None:
        return ""
    return (
        f" Directions come from the {filtered.pairs} of {filtered.of} pairs that pass; with and without the"
        f" others, the mean difference has a cosine of {filtered.median_cosine:.2f} at the median layer and"
        f" {filtered.lowest_cosine:.2f} at the lowest."
    )


def _rate(share: Share) -> str:
    return f"{100 * share.share:.0f} % [{100 * share.low:.0f}, {100 * share.high:.0f}]"
