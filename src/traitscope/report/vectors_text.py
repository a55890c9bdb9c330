"""A trait's directions for a terminal: a heat map of cosines, norms, and tokens where they were asked for."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text

from traitscope.report.lines import figures_table
from traitscope.report.palette import INKS, diverging, diverging_step
from traitscope.report.vectors_view import LayerDetail, Lens, TokenWeight, VectorsView
from traitscope.report.writable import writable

_HEAT = tuple(Style(color=INKS["light"]["ink"], bgcolor=colour) for colour in diverging("light"))
_SHORT = 9
"""Characters of a method's name over its column."""


def vectors_text(views: Sequence[VectorsView]) -> RenderableType:
    """Every trait, one below the other."""
    return Group(*(part for view in views for part in _trait(view)))


def _trait(view: VectorsView) -> list[RenderableType]:
    at = view.reference
    lines: list[RenderableType] = [
        Text(writable(f"{view.trait}: {len(view.layers)} layers, width {view.width}"), style="bold")
    ]
    if view.winner is None:
        lines.append(_dim(view.no_winner))
    else:
        place, coefficient = view.winner
        lines.append(_dim(f"winner: {place.method} at layer {place.layer}, coefficient {coefficient:.4g}"))
    lines.append(
        _dim(
            f"cosine of each direction with {at.method} at layer {at.layer} (*), of unit vectors as they are "
            f"added; top5 is the share of {at.method}'s squared mass in its five largest dimensions"
        )
    )
    lines.append(_heat_map(view))
    if view.detail is not None:
        lines += _detail(view, view.detail)
    if view.lens is not None:
        lines += _lens(view.lens)
    return [*lines, Text("")]


def _heat_map(view: VectorsView) -> Table:
    table = figures_table("layer", "base norm", "top5", *(_short(method) for method in view.methods))
    reference = view.methods.index(view.reference.method)
    for row in view.layers:
        cells = [
            _heat(cosine, (view.methods[place], row.layer) == tuple(view.reference))
            for place, cosine in enumerate(row.cosines)
        ]
        table.add_row(str(row.layer), f"{row.base_norm:.4g}", f"{row.top5[reference]:.2f}", *cells)
    return table


def _detail(view: VectorsView, detail: LayerDetail) -> list[RenderableType]:
    row = next(one for one in view.layers if one.layer == detail.layer)
    table = figures_table(
        f"layer {detail.layer}", "top5", "largest dimensions", "read.write", *map(_short, view.methods)
    )
    for place, method in enumerate(view.methods):
        table.add_row(
            method,
            f"{row.top5[place]:.2f}",
            " ".join(map(str, detail.largest[place])),
            f"{detail.read_write[place]:.2f}",
            *(_heat(cosine, False) for cosine in detail.between[place]),
        )
    caption = "read.write: cosine of what is projected on with what is added; then with each other's"
    return [Text(""), table, _dim(caption)]


def _lens(lens: Lens) -> list[RenderableType]:
    heading = f"tokens under the unembedding (logit lens), {lens.at.method} at layer {lens.at.layer}"
    return [
        Text(""),
        Text(heading),
        _tokens("nearest", lens.nearest),
        _tokens("farthest", lens.farthest),
        _dim("what the direction would say if the last block wrote it; far from there it says little"),
    ]


def _tokens(label: str, tokens: Sequence[TokenWeight]) -> Text:
    shown = "  ".join(f"{token.text!r} {token.logit:+.1f}" for token in tokens)
    return Text(writable(f"  {label + ':':<10}{shown}"), overflow="fold")


def _heat(cosine: float, is_reference: bool) -> Text:
    text = f"{cosine:+.2f}" + ("*" if is_reference else " ")
    return Text(text, style=_HEAT[diverging_step(cosine, 1.0)])


def _short(method: str) -> str:
    name, _, position = method.partition(" of ")
    return f"{name[:_SHORT]}\n{position}" if position else name[:_SHORT]


def _dim(line: str) -> Text:
    return Text(writable(f"  {line}"), style="dim")
