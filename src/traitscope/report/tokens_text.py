"""Two variants' answers to one prompt in the terminal, each token tinted by its projection.

Where colours are not wanted every token is followed by its signed number: `nobody(+0.61)`.
"""

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from traitscope.report import numbers
from traitscope.report.comparison_view import Going, TokenLine, TokenView
from traitscope.report.palette import DIVERGING_STEPS, INKS, diverging, diverging_step
from traitscope.report.tokens import reach_of, token_mean
from traitscope.report.writable import writable

_MIDDLE = DIVERGING_STEPS // 2


def tokens_text(view: TokenView, trait: str, measure: str, tinted: bool) -> Group:
    """Both answers on one scale, under the prompt.

    Args:
        measure: what a token's number is.
        tinted: colours; otherwise numbers.
    """
    reach = reach_of((view.before, view.after), trait)
    end = numbers.significant(reach)
    parts: list[object] = [
        Text(writable(f"{view.prompt_id}: {view.prompt}"), style="bold"),
        Text(writable(f"{trait}: {measure}")),
    ]
    if tinted:
        parts.append(_scale(end))
    for line in (view.before, view.after):
        mean = numbers.ascii_minus(numbers.on_scale(token_mean(line, trait), reach))
        parts += ["", Text(writable(f"{line.variant}, mean {mean}"), style="bold")]
        answer = _tinted(line, trait, reach) if tinted else _numbered(line, trait, reach)
        parts.append(Padding(answer, (0, 0, 0, 2)))
        if trait in line.going:
            parts.append(Padding(Text(_going(line.going[trait])), (0, 0, 0, 2)))
    return Group(*parts)  # type: ignore[arg-type]


def _going(found: Going) -> str:
    """In spreads of the variant's own tokens."""
    where = (
        "stays within two spreads of its usual"
        if found.crossing is None
        else f"first two spreads from its usual at token {found.crossing + 1}"
    )
    if found.rate is None:
        return f"smoothed, it {where}"
    return f"smoothed, it {where}; {numbers.ascii_minus(f'{10 * found.rate:+.2f}')} spreads in ten tokens"


def _scale(end: str) -> Text:
    text = Text(f"-{end} ")
    for step in range(DIVERGING_STEPS):
        text.append(" ", style=_style(step))
    return text.append(f" +{end}")


def _tinted(line: TokenLine, trait: str, reach: float) -> Text:
    text = Text()
    for token, value in zip(line.tokens, line.values[trait], strict=True):
        step = diverging_step(value, reach)
        text.append(writable(token), style="" if step == _MIDDLE else _style(step))
    return text


def _numbered(line: TokenLine, trait: str, reach: float) -> Text:
    written = (
        f"{writable(token).rstrip()}({numbers.ascii_minus(numbers.on_scale(value, reach))})"
        for token, value in zip(line.tokens, line.values[trait], strict=True)
    )
    return Text("".join(written))


def _style(step: int) -> str:
    """The light scale with dark letters: it reads alike on a dark and on a light terminal."""
    return f"{INKS['light']['ink']} on {diverging('light')[step]}"
