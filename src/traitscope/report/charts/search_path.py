"""The search path: strength against layer, every evaluation a mark coloured by its delta."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from traitscope.report import numbers
from traitscope.report.charts.svg import (
    WIDTH,
    Scale,
    drawing,
    element,
    label,
    line,
    polyline,
    tick_text,
    ticks,
)
from traitscope.report.palette import diverging_step
from traitscope.report.trait_view import Evaluation, Place
from traitscope.report.values import Absent

HEIGHT = 250
LEFT, RIGHT, TOP, BOTTOM = 34, 10, 14, 32
_SWAY = 2.4
"""Pixels by which a layer's steps stand apart, so that a path that turns back does not hide itself."""


def search_path(
    evaluations: Sequence[Evaluation],
    best: Evaluation | Absent,
    keys: Mapping[Place, str],
    title: str,
) -> Markup:
    """Relative strength against layer; filled marks are coherent, hollow ones are not, square ones are
    refined; the best wears a ring.

    Args:
        evaluations: all along one direction, in any order.
        keys: place of an evaluation to the key under which the page finds it.
    """
    if not evaluations:
        return drawing(title, 60, [label("nothing was evaluated", WIDTH / 2, 34, "note", "middle")])
    layers = sorted({evaluation.layer for evaluation in evaluations})
    strengths = [evaluation.relative_strength for evaluation in evaluations]
    beside = (layers[-1] - layers[0]) / len(layers) / 2 or 1
    x = Scale(layers[0] - beside, layers[-1] + beside, LEFT, WIDTH - RIGHT)
    margin = 0.12 * (max(strengths) - min(strengths)) or 0.1
    y = Scale(min(strengths) - margin, max(strengths) + margin, HEIGHT - BOTTOM, TOP)
    reach = largest_delta(evaluations)
    children = [*_axes(layers, x, y)]
    for layer in layers:
        steps = sorted((e for e in evaluations if e.layer == layer), key=lambda e: e.step)
        middle = (steps[0].step + steps[-1].step) / 2
        places = [(x(layer) + _SWAY * (e.step - middle), y(e.relative_strength)) for e in steps]
        if len(places) > 1:
            children.append(polyline(places, "path"))
        children += [
            _mark(evaluation, place, reach, keys, best)
            for evaluation, place in zip(steps, places, strict=True)
        ]
    return drawing(title, HEIGHT, children, kind="searchpath", role="group")


def largest_delta(evaluations: Sequence[Evaluation]) -> float:
    """The end of the colour scale: the largest |delta| of the search."""
    return max((abs(e.delta) for e in evaluations if not isinstance(e.delta, Absent)), default=0.0)


def describe(evaluation: Evaluation) -> str:
    """One evaluation in a line, for hover and for readers of the drawing."""
    refined = ", refined" if evaluation.refined else ""
    parts = [
        f"layer {evaluation.layer}, step {evaluation.step}{refined}",
        f"coefficient {numbers.significant(evaluation.coefficient)}"
        f" ({numbers.ratio(evaluation.relative_strength)} of the norm)",
        f"trait {numbers.points(evaluation.trait)}, delta {numbers.signed_points(evaluation.delta)}",
        f"coherence {numbers.points(evaluation.coherence)}, "
        + ("coherent" if evaluation.coherent else "incoherent"),
    ]
    if evaluation.direction:
        parts.insert(0, evaluation.direction)
    if evaluation.unscored:
        parts.append(f"{evaluation.unscored} of {evaluation.answered} unscored")
    return " · ".join(parts)


def _mark(
    evaluation: Evaluation,
    place: tuple[float, float],
    reach: float,
    keys: Mapping[Place, str],
    best: Evaluation | Absent,
) -> Markup:
    chosen = evaluation == best
    if isinstance(evaluation.delta, Absent):
        kind = "hollow unscored"
    else:
        step = diverging_step(evaluation.delta, reach)
        kind = f"m{step}" if evaluation.coherent else f"h{step} hollow"
    name = describe(evaluation) + (" · best" if chosen else "")
    told, kind = element("title", name), f"mark {kind}"
    if evaluation.refined:
        corner = (place[0] - 4.1, place[1] - 4.1)
        dot = element("rect", told, class_=kind, x=corner[0], y=corner[1], width=8.2, height=8.2)
    else:
        dot = element("circle", told, class_=kind, cx=place[0], cy=place[1], r=4.6)
    ring = [element("circle", class_="ring", cx=place[0], cy=place[1], r=8.2)] if chosen else []
    return element(
        "g",
        *ring,
        dot,
        class_="pick",
        data_evaluation=keys.get(evaluation.place),
        tabindex="0" if chosen else "-1",
        role="button",
        aria_label=name,
    )


def _axes(layers: Sequence[int], x: Scale, y: Scale) -> list[Markup]:
    base = HEIGHT - BOTTOM
    marks = [label("strength / layer's norm", LEFT, 9, "axis")]
    for value in ticks(y.low, y.high, 4):
        marks.append(line(LEFT, y(value), WIDTH - RIGHT, y(value), "zero" if value == 0 else "grid"))
        marks.append(label(tick_text(value), LEFT - 5, y(value) + 3.5, "tick", "end"))
    every = max(1, -(-len(layers) // 11))
    for layer in layers[::every]:
        marks.append(label(str(layer), x(layer), base + 14, "tick", "middle"))
    marks.append(label("layer", WIDTH - RIGHT, base + 27, "axis", "end"))
    return marks
