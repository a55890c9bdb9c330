"""Heat map of a comparison: trait by layer, tinted by the deciding score there."""

from collections.abc import Sequence

from markupsafe import Markup

from traitscope.report import numbers
from traitscope.report.charts.evidence import shortened
from traitscope.report.charts.svg import WIDTH, drawing, label, rectangle
from traitscope.report.comparison_view import ComparisonView, LayerScores
from traitscope.report.palette import diverging_step

LEFT, TOP, HEIGHT, GAP = 136, 18, 20, 2
_NUMBER_WIDTH = 26
"""Pixels from which a cell holds its figure."""
_TICK_WIDTH = 16
"""Pixels that a layer's number takes."""


def layer_map(found: LayerScores, limit: float, title: str) -> Markup:
    """One row a trait, one cell a layer; `limit` is the end of the tint's scale, alike in all comparisons."""
    if not found.layers or not found.scores:
        return drawing(title, 40, [label("no layers", WIDTH / 2, 24, "note", "middle")])
    width = (WIDTH - LEFT) / len(found.layers) - GAP
    every = max(1, round(_TICK_WIDTH / (width + GAP) + 0.5))
    children = [label("layer", LEFT - 10, 12, "axis", "end")]
    for column, layer in enumerate(found.layers):
        if column % every == 0:
            x = LEFT + column * (width + GAP) + width / 2
            children.append(label(str(layer), x, 12, "tick", "middle"))
    for row, (trait, scores) in enumerate(found.scores.items()):
        y = TOP + row * (HEIGHT + GAP)
        children.append(label(shortened(trait), LEFT - 10, y + HEIGHT / 2 + 4, "trait", "end"))
        for column, (layer, score) in enumerate(zip(found.layers, scores, strict=True)):
            x = LEFT + column * (width + GAP)
            name = f"{trait} \N{MIDDLE DOT} layer {layer} \N{MIDDLE DOT} score {numbers.cosine(score)}"
            children.append(rectangle(x, y, width, HEIGHT, f"f{diverging_step(score, limit)}", name))
            if width >= _NUMBER_WIDTH:
                text = numbers.ratio(score)
                children.append(label(text, x + width / 2, y + HEIGHT / 2 + 4, "figure small", "middle"))
    return drawing(title, TOP + len(found.scores) * (HEIGHT + GAP), children, kind="layermap")


def layer_reach(comparisons: Sequence[ComparisonView]) -> float:
    """The largest |score| at any layer of any comparison: one scale for all maps."""
    found = [one.layers for one in comparisons if isinstance(one.layers, LayerScores)]
    return max(
        (abs(score) for one in found for scores in one.scores.values() for score in scores), default=0.0
    )
