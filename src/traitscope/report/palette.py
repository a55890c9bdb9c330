"""Colours: one diverging scale (blue - neutral - orange), one sequential scale (teal), the page's inks.

Blue against orange stays apart for the three common kinds of colour blindness; lightness carries distance
from the middle as well. Each scale has a `tint` (behind text: every step keeps the ink readable) and a
`strong` form (marks on the page's ground). Both are blended in OKLab (Ottosson 2020), where equal steps look
equal.
"""

from typing import Literal, TypeAlias

Theme: TypeAlias = Literal["light", "dark"]
Rgb: TypeAlias = tuple[float, float, float]

DIVERGING_STEPS = 21
SEQUENTIAL_STEPS = 11

INKS: dict[Theme, dict[str, str]] = {
    "light": {
        "ground": "#fcfbf8",
        "panel": "#ffffff",
        "sunken": "#f3f1eb",
        "ink": "#1d1e20",
        "soft": "#54565a",
        "faint": "#6f7175",
        "rule": "#dedbd2",
        "grid": "#eae7df",
        "band": "#dcd9cf",
        "link": "#1a5796",
        "up": "#a8480a",
        "down": "#1b5fa6",
        "good": "#1f6f63",
        "warn": "#8a5a00",
    },
    "dark": {
        "ground": "#151618",
        "panel": "#1b1d20",
        "sunken": "#222428",
        "ink": "#e9e6df",
        "soft": "#b3b1ab",
        "faint": "#918f8a",
        "rule": "#34373c",
        "grid": "#2a2d31",
        "band": "#3a3d42",
        "link": "#86bbf2",
        "up": "#f29a54",
        "down": "#79b4f0",
        "good": "#6cc4b4",
        "warn": "#e0b050",
    },
}

_TINT: dict[Theme, tuple[str, str, str]] = {
    "light": ("#86b6ea", "#f4f2ec", "#f3a55c"),
    "dark": ("#1c5592", "#26282c", "#8f470c"),
}
_STRONG: dict[Theme, tuple[str, str, str]] = {
    "light": ("#1b62ad", "#a09c92", "#c2540a"),
    "dark": ("#6cb0f4", "#7d7b77", "#f5923c"),
}
_SEQUENTIAL: dict[Theme, tuple[str, str]] = {
    "light": ("#f4f2ec", "#6fbcad"),
    "dark": ("#26282c", "#1b6d60"),
}


def diverging_step(value: float, reach: float) -> int:
    """Index of the diverging step for a value on the scale -reach .. reach; 10 is the neutral middle."""
    middle = DIVERGING_STEPS // 2
    if reach <= 0:
        return middle
    return middle + round(middle * max(-1.0, min(1.0, value / reach)))


def sequential_step(value: float, low: float = 0.0, high: float = 100.0) -> int:
    """Index of the sequential step for a value on the scale low .. high."""
    share = max(0.0, min(1.0, (value - low) / (high - low)))
    return round(share * (SEQUENTIAL_STEPS - 1))


def diverging(theme: Theme, strong: bool = False) -> list[str]:
    """The diverging scale as hex colours, from most negative to most positive."""
    low, middle, high = (_STRONG if strong else _TINT)[theme]
    half = DIVERGING_STEPS // 2
    falling = [_blend(middle, low, step / half) for step in range(half, 0, -1)]
    rising = [_blend(middle, high, step / half) for step in range(half + 1)]
    return falling + rising


def sequential(theme: Theme) -> list[str]:
    """The sequential scale as hex colours, from little to much."""
    low, high = _SEQUENTIAL[theme]
    return [_blend(low, high, step / (SEQUENTIAL_STEPS - 1)) for step in range(SEQUENTIAL_STEPS)]


def theme_css() -> str:
    """Custom properties of both themes and the classes of the scales, as CSS.

    Dark applies on screens only, by the system's preference or the page's own toggle; paper is light.
    """
    light, dark = _properties("light"), _properties("dark")
    rules = [
        f":root{{color-scheme:light;{light}}}",
        f"@media screen and (prefers-color-scheme:dark)"
        f"{{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}",
        f"@media screen{{:root[data-theme=dark]{{color-scheme:dark;{dark}}}}}",
    ]
    for step in range(DIVERGING_STEPS):
        rules.append(
            f".t{step}{{background-color:var(--t{step})}}"
            f".f{step}{{fill:var(--t{step})}}"
            f".m{step}{{fill:var(--s{step});stroke:var(--s{step})}}"
            f".h{step}{{fill:var(--panel);stroke:var(--s{step})}}"
            f".o{step}{{fill:var(--ground);stroke:var(--t{step})}}"
        )
    for step in range(SEQUENTIAL_STEPS):
        rules.append(f".q{step}{{fill:var(--q{step})}}.p{step}{{fill:var(--ground);stroke:var(--q{step})}}")
    return "\n".join(rules)


def _properties(theme: Theme) -> str:
    values = dict(INKS[theme])
    values |= {f"t{step}": colour for step, colour in enumerate(diverging(theme))}
    values |= {f"s{step}": colour for step, colour in enumerate(diverging(theme, strong=True))}
    values |= {f"q{step}": colour for step, colour in enumerate(sequential(theme))}
    return "".join(f"--{name}:{colour};" for name, colour in values.items())


def _blend(first: str, second: str, share: float) -> str:
    a, b = _to_oklab(first), _to_oklab(second)
    return _to_hex((_mix(a[0], b[0], share), _mix(a[1], b[1], share), _mix(a[2], b[2], share)))


def _mix(a: float, b: float, share: float) -> float:
    return a + (b - a) * share


def _to_oklab(colour: str) -> Rgb:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _to_hex(lab: Rgb) -> str:
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _gamma(channel)):02x}" for channel in channels)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _gamma(channel: float) -> float:
    bounded = max(0.0, min(1.0, channel))
    return 12.92 * bounded if bounded <= 0.0031308 else float(1.055 * bounded ** (1 / 2.4) - 0.055)
