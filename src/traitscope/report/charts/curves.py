"""Curves over the layers: held-out detection beside its nulls, and the length of the residual stream."""

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from traitscope.report import numbers
from traitscope.report.charts.svg import (
    WIDTH,
    Scale,
    drawing,
    label,
    line,
    polyline,
    rectangle,
    tick_text,
    ticks,
)
from traitscope.report.trait_view import DetectionCurve, LayerDetection

HEIGHT = 190
LEFT, RIGHT, TOP, BOTTOM = 34, 58, 14, 32


def detection_curves(curve: DetectionCurve, deciding: int | None, title: str) -> Markup:
    """AUC against layer: the real labels, shuffled labels, and a random direction, each named at its end."""
    rows = sorted(curve.layers, key=lambda row: row.layer)
    if not rows:
        return drawing(title, 60, [label("nothing was evaluated", WIDTH / 2, 34, "note", "middle")])
    lowest = min(min(row.auc, row.auc_shuffled, row.auc_random) for row in rows)
    x = Scale(rows[0].layer, rows[-1].layer, LEFT, WIDTH - RIGHT)
    y = Scale(0.0 if lowest < 0.2 else 0.2, 1.0, HEIGHT - BOTTOM, TOP)
    lines = [
        ("real", "curve real", [(x(row.layer), y(row.auc)) for row in rows]),
        ("random", "curve random", [(x(row.layer), y(row.auc_random)) for row in rows]),
        ("shuffled", "curve shuffled", [(x(row.layer), y(row.auc_shuffled)) for row in rows]),
    ]
    children = [label("AUC, held out", LEFT, 9, "axis"), *_grid(x, y, rows)]
    if deciding is not None:
        children.append(line(x(deciding), TOP, x(deciding), HEIGHT - BOTTOM, "marker"))
    children += [polyline(points, kind) for _, kind, points in reversed(lines)]
    ends = _apart([points[-1][1] for _, _, points in lines], 12)
    for (name, kind, _), end in zip(lines, ends, strict=True):
        children.append(label(name, WIDTH - RIGHT + 6, end + 3.5, f"name {kind.split()[1]}"))
    children += _hover(rows, x, [_describe(row) for row in rows])
    return drawing(title, HEIGHT, children)


def norm_curve(base_norms: Sequence[float], title: str) -> Markup:
    """The base norm of every layer, from layer 0 on: what a relative strength is relative to."""
    x = Scale(0, max(1, len(base_norms) - 1), LEFT, WIDTH - 10)
    y = Scale(0, max(base_norms) * 1.05, HEIGHT - BOTTOM, TOP)
    children = [label("base norm", LEFT, 9, "axis")]
    for value in ticks(0, y.high, 3):
        children.append(line(LEFT, y(value), WIDTH - 10, y(value), "zero" if value == 0 else "grid"))
        children.append(label(tick_text(value), LEFT - 5, y(value) + 3.5, "tick", "end"))
    children += _layer_ticks(range(len(base_norms)), x)
    children.append(polyline([(x(layer), y(norm)) for layer, norm in enumerate(base_norms)], "curve real"))
    names = [
        f"layer {layer} · base norm {numbers.significant(norm)}" for layer, norm in enumerate(base_norms)
    ]
    half = (WIDTH - LEFT - 10) / max(1, len(base_norms)) / 2
    for layer, name in enumerate(names):
        children.append(rectangle(x(layer) - half, TOP, 2 * half, HEIGHT - TOP - BOTTOM, "hover", name))
    return drawing(title, HEIGHT, children)


def _describe(row: LayerDetection) -> str:
    def beside(name: str, real: float, shuffled: float, random: float) -> str:
        written = [numbers.rank_share(value) for value in (real, shuffled, random)]
        return f"{name} {written[0]}, shuffled {written[1]}, random {written[2]}"

    return (
        f"layer {row.layer} · {beside('AUC', row.auc, row.auc_shuffled, row.auc_random)}"
        f" · {beside('accuracy', row.accuracy, row.accuracy_shuffled, row.accuracy_random)}"
        f" · d {numbers.ratio(row.d)} · top 5 dimensions {numbers.points(100 * row.top5_share)} %"
    )


def _grid(x: Scale, y: Scale, rows: Sequence[LayerDetection]) -> list[Markup]:
    marks = []
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        if value >= y.low:
            marks.append(line(LEFT, y(value), WIDTH - RIGHT, y(value), "zero" if value == 0.5 else "grid"))
            marks.append(label(tick_text(value), LEFT - 5, y(value) + 3.5, "tick", "end"))
    return marks + _layer_ticks([row.layer for row in rows], x)


def _layer_ticks(layers: Sequence[int], x: Scale) -> list[Markup]:
    base = HEIGHT - BOTTOM
    chosen = [layer for layer in layers if layer % 5 == 0] if len(layers) > 11 else layers
    marks = [label(str(layer), x(layer), base + 14, "tick", "middle") for layer in chosen]
    return [*marks, label("layer", x.end, base + 27, "axis", "end")]


def _hover(rows: Sequence[LayerDetection], x: Scale, names: Sequence[str]) -> list[Markup]:
    half = (x.end - x.start) / max(1, len(rows)) / 2
    return [
        rectangle(x(row.layer) - half, TOP, 2 * half, HEIGHT - TOP - BOTTOM, "hover", name)
        for row, name in zip(rows, names, strict=True)
    ]


def _apart(places: Sequence[float], distance: float) -> list[float]:
    """The places pushed apart so that labels of that height do not overlap, each kept as near as can be."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    moved = list(places)
    for _ in range(20):
        for upper, lower in pairwise(order):
            lack = distance - (moved[lower] - moved[upper])
            if lack > 1e-9:
                moved[upper] -= lack / 2
                moved[lower] += lack / 2
    return moved
