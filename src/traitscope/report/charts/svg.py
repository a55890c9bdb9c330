"""SVG elements as escaped strings, and the linear scale that places values on them.

Colour comes from classes alone (a content security policy without inline styles, two themes in one drawing).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup, escape

WIDTH = 352
"""Natural width of a chart: a telephone's column, and a third of the page on a desk."""


def element(name: str, *children: Markup | str, **attributes: str | float | None) -> Markup:
    """One element. Children that are plain text are escaped; `class_` is `class`, `data_x` is `data-x`."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_number(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{written}>{''.join(escape(child) for child in children)}</{name}>")


def drawing(
    title: str,
    height: float,
    children: Sequence[Markup],
    width: float = WIDTH,
    kind: str = "",
    role: Literal["img", "group"] = "img",
) -> Markup:
    """A whole drawing with its accessible title.

    Args:
        role: `group` where the marks within can be chosen; a picture's parts are not read out.
    """
    return element(
        "svg",
        *children,
        class_=f"chart {kind}".strip(),
        viewBox=f"0 0 {_number(width)} {_number(height)}",
        width=width,
        height=height,
        role=role,
        aria_label=title,
    )


def label(text: str, x: float, y: float, kind: str = "", anchor: str | None = None) -> Markup:
    """A text whose baseline starts (or ends, or is centred) at x, y."""
    return element("text", text, class_=kind or None, x=x, y=y, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """A straight line."""
    return element("line", class_=kind, x1=x1, y1=y1, x2=x2, y2=y2)


def polyline(points: Sequence[tuple[float, float]], kind: str) -> Markup:
    """A line through points."""
    path = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
    return element("polyline", class_=kind, points=path)


def rectangle(x: float, y: float, width: float, height: float, kind: str, title: str = "") -> Markup:
    """A rectangle; a title is what a pointer or a screen reader finds there."""
    inside = [element("title", title)] if title else []
    return element("rect", *inside, class_=kind, x=x, y=y, width=max(width, 0.0), height=height)


def circle(x: float, y: float, radius: float, kind: str, title: str = "") -> Markup:
    """A circle; a title is what a pointer or a screen reader finds there."""
    inside = [element("title", title)] if title else []
    return element("circle", *inside, class_=kind, cx=x, cy=y, r=radius)


@dataclass(frozen=True)
class Scale:
    """Values low .. high placed on pixels start .. end; `start` above `end` turns the axis."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The pixel of a value; values beyond the ends stay at the ends."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        share = (value - self.low) / (self.high - self.low)
        return self.start + (self.end - self.start) * max(0.0, min(1.0, share))


def ticks(low: float, high: float, count: int = 4) -> list[float]:
    """About `count` round values from low to high, both ends covered where they are round."""
    if high <= low:
        return [low]
    rough = (high - low) / max(1, count)
    power = 10.0 ** _exponent(rough)
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first = -(-low // step) if abs(low / step - round(low / step)) > 1e-9 else round(low / step)
    values = []
    index = int(first)
    while index * step <= high + step * 1e-9:
        values.append(round(index * step, 12))
        index += 1
    return values


def tick_text(value: float) -> str:
    """A tick's number without needless digits."""
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")


def _exponent(value: float) -> int:
    return int(f"{value:e}".partition("e")[2])


def _number(value: str | float | None) -> str:
    """Coordinates to a tenth of a pixel: the page stays small and the same on every machine."""
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value)
