"""Heat maps of a search: layer by step, one for the trait score and one for coherence."""

from collections.abc import Callable, Mapping, Sequence

from markupsafe import Markup

from traitscope.report import numbers
from traitscope.report.charts.search_path import describe, largest_delta
from traitscope.report.charts.svg import WIDTH, drawing, element, label, rectangle
from traitscope.report.palette import diverging_step, sequential_step
from traitscope.report.trait_view import Evaluation, Place
from traitscope.report.values import Absent, Number

LEFT, TOP, GAP = 34, 18, 2
_ROOMY, _DENSE, _MOST_ROOMY = 20, 13, 24
"""Heights of a cell, and the number of layers up to which cells are roomy."""
_LEAST_COHERENCE = 40
"""Coherence at the pale end of the scale: differences matter around the threshold, not among loops."""
_MOST_NUMBERS, _DECIMAL_WIDTH = 9, 34
"""Steps up to which a cell is wide enough for its number, and pixels from which for a decimal."""


def trait_heat_map(
    evaluations: Sequence[Evaluation],
    best: Evaluation | Absent,
    keys: Mapping[Place, str],
    title: str,
) -> Markup:
    """Trait score by layer and step, tinted by delta on the scale of the search path."""
    reach = largest_delta(evaluations)

    def tint(evaluation: Evaluation) -> str:
        if isinstance(evaluation.delta, Absent):
            return "q0"
        return f"{'f' if evaluation.coherent else 'o'}{diverging_step(evaluation.delta, reach)}"

    return _heat_map(evaluations, best, keys, title, lambda evaluation: evaluation.trait, tint)


def coherence_heat_map(
    evaluations: Sequence[Evaluation],
    best: Evaluation | Absent,
    keys: Mapping[Place, str],
    title: str,
) -> Markup:
    """Coherence by layer and step; incoherent evaluations are hollow in both maps."""

    def tint(evaluation: Evaluation) -> str:
        if isinstance(evaluation.coherence, Absent):
            return "q0"
        step = sequential_step(evaluation.coherence, _LEAST_COHERENCE, 100)
        return f"{'q' if evaluation.coherent else 'p'}{step}"

    return _heat_map(evaluations, best, keys, title, lambda evaluation: evaluation.coherence, tint)


def _heat_map(
    evaluations: Sequence[Evaluation],
    best: Evaluation | Absent,
    keys: Mapping[Place, str],
    title: str,
    figure: Callable[[Evaluation], Number],
    tint: Callable[[Evaluation], str],
) -> Markup:
    layers = sorted({evaluation.layer for evaluation in evaluations})
    steps = sorted({evaluation.step for evaluation in evaluations})
    if not layers:
        return drawing(title, 60, [label("nothing was evaluated", WIDTH / 2, 34, "note", "middle")])
    width = (WIDTH - LEFT - GAP * len(steps)) / len(steps)
    height = _ROOMY if len(layers) <= _MOST_ROOMY else _DENSE
    children = [label("layer", 0, 12, "axis")]
    for column, step in enumerate(steps):
        name = f"step {step}" if width > 48 else str(step)
        children.append(label(name, LEFT + column * (width + GAP) + width / 2, 12, "tick", "middle"))
    for row, layer in enumerate(layers):
        children.append(
            label(str(layer), LEFT - 8, TOP + row * (height + GAP) + height / 2 + 4, "tick", "end")
        )
    for evaluation in evaluations:
        x = LEFT + steps.index(evaluation.step) * (width + GAP)
        y = TOP + layers.index(evaluation.layer) * (height + GAP)
        name = describe(evaluation)
        kind = f"cell {tint(evaluation)}{' chosen' if evaluation == best else ''}"
        inside = [rectangle(x, y, width, height, kind, name)]
        if len(steps) <= _MOST_NUMBERS:
            kind = "figure" if evaluation.coherent else "figure incoherent"
            inside.append(
                label(_written(figure(evaluation), width), x + width / 2, y + height / 2 + 4, kind, "middle")
            )
        children.append(
            element(
                "g",
                *inside,
                class_="pick",
                data_evaluation=keys.get(evaluation.place),
                tabindex="0" if evaluation == best else "-1",
                role="button",
                aria_label=name,
            )
        )
    kind = "heatmap" if height == _ROOMY else "heatmap dense"
    return drawing(title, TOP + len(layers) * (height + GAP), children, kind=kind, role="group")


def _written(value: Number, width: float) -> str:
    """A cell's figure: whole points where a decimal does not fit."""
    if isinstance(value, Absent):
        return numbers.MISSING
    return numbers.points(value) if width > _DECIMAL_WIDTH else f"{value:.0f}"
