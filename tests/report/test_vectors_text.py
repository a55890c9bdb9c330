"""Directions on a terminal: the heat of a cell is its cosine, and no text from a model is markup."""

import io

from rich.console import Console

from traitscope.report.vectors_text import vectors_text
from traitscope.report.vectors_view import At, LayerView, Lens, TokenWeight, VectorsView


def view(tokens: tuple[TokenWeight, ...]) -> VectorsView:
    layers = tuple(LayerView(one, 10.0 * one, (1.0 - one, 0.0), (0.5, 0.25)) for one in range(3))
    at = At("mean_diff", 0)
    lens = Lens(at, tokens, ())
    return VectorsView("gloom", 8, ("mean_diff", "probe"), at, (at, -3.25), "", layers, None, lens)


def printed(tokens: tuple[TokenWeight, ...], colours: bool) -> str:
    stream = io.StringIO()
    system = "truecolor" if colours else None
    console = Console(file=stream, force_terminal=colours, color_system=system, width=80, highlight=False)  # type: ignore[arg-type]
    console.print(vectors_text([view(tokens)]))
    return stream.getvalue()


def test_opposite_cosines_have_opposite_colours_and_the_same_words_without() -> None:
    plain, coloured = (printed((), colours) for colours in (False, True))
    for text in ("+1.00*", "-1.00", "+0.00"):
        assert text in plain and text in coloured
    assert "\x1b" not in plain
    backgrounds = {
        cell: coloured[: coloured.index(cell)].rpartition("48;2;")[2] for cell in ("+1.00*", "-1.00", "+0.00")
    }
    assert len(set(backgrounds.values())) == 3
    assert "coefficient -3.25" in plain
    assert max(map(len, plain.splitlines())) <= 80


def test_a_token_is_no_markup_and_no_control_sequence() -> None:
    found = printed((TokenWeight("[bold]x[/bold]", 1.0), TokenWeight("\x1b[31m", 0.5)), False)
    assert "'[bold]x[/bold]' +1.0" in found
    assert "\x1b" not in found
