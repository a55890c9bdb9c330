"""How figures are written: the same digits on the page, in the text and in the terminal.

Points (0-100) have one digit, areas under the curve three, coefficients and projections three significant
ones. A figure that does not exist is written "-"; its reason stands with it.
"""

import math

from traitscope.report.values import Absent, Measured, Number

MISSING = "-"
MINUS = "\N{MINUS SIGN}"


def points(value: Number) -> str:
    """A score or share in points: 61.9."""
    return _fixed(value, 1)


def signed_points(value: Number) -> str:
    """A difference in points: +41.3."""
    return _fixed(value, 1, signed=True)


def ratio(value: Number) -> str:
    """A ratio, such as the relative strength: 0.45."""
    return _fixed(value, 2)


def rank_share(value: Number) -> str:
    """An AUC or an accuracy: 0.982."""
    return _fixed(value, 3)


def percent(value: Number) -> str:
    """A share of 0 to 1: `35 %`."""
    return MISSING if isinstance(value, Absent) else f"{_typeset(f'{100 * value:.0f}')} %"


def cosine(value: Number) -> str:
    """An inside score, signed: +0.412."""
    return _fixed(value, 3, signed=True)


def cosine_interval(value: Measured) -> str:
    """An inside score with its interval: +0.412 [0.301, 0.498]."""
    if isinstance(value, Absent):
        return MISSING
    return f"{cosine(value.mean)} [{_fixed(value.low, 3)}, {_fixed(value.high, 3)}]"


def significant(value: Number, digits: int = 3, signed: bool = False) -> str:
    """Three significant digits: 31.2, 0.00512, 1,240."""
    if isinstance(value, Absent):
        return MISSING
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if exponent < -5:
        return _typeset(f"{value:{'+' if signed else ''}.{digits - 1}e}")
    return _fixed(value, max(0, digits - 1 - exponent), signed)


def signed(value: Number) -> str:
    """A shift: three significant digits and its sign."""
    return significant(value, signed=True)


def tail(value: Number) -> str:
    """A tail share: at most two significant digits, 0.0005."""
    return MISSING if isinstance(value, Absent) else f"{value:.2g}"


def on_scale(value: Number, reach: float) -> str:
    """A signed value with the decimals of its scale's end in three significant digits: +0.004 of 0.776."""
    return _fixed(value, max(0, 2 - math.floor(math.log10(reach))) if reach > 0 else 0, signed=True)


def points_interval(value: Measured) -> str:
    """A difference in points with its interval: +41.3 [31.0, 52.1]."""
    if isinstance(value, Absent):
        return MISSING
    return f"{signed_points(value.mean)} [{points(value.low)}, {points(value.high)}]"


def shift_interval(value: Measured) -> str:
    """A shift with its interval, all with as many decimals as the largest of the three needs."""
    if isinstance(value, Absent):
        return MISSING
    largest = max(abs(value.mean), abs(value.low), abs(value.high))
    places = 0 if largest == 0 else max(0, 2 - math.floor(math.log10(largest)))
    low, high = _fixed(value.low, places), _fixed(value.high, places)
    return f"{_fixed(value.mean, places, signed=True)} [{low}, {high}]"


def whole(value: int) -> str:
    """A count: 12,345."""
    return _typeset(f"{value:,}")


def duration(value: Number) -> str:
    """Seconds as a person says them: 4.2 s, 3 min 20 s, 2 h 05 min."""
    if isinstance(value, Absent):
        return MISSING
    if value < 9.95:
        return f"{value:.1f} s"
    seconds = round(value)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60:02d} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"


def ascii_minus(text: str) -> str:
    """The text with hyphens for minus signs, which a terminal may not know."""
    return text.replace(MINUS, "-")


def reason(value: object) -> str:
    """Why the figure is missing; empty where it is not."""
    return value.reason if isinstance(value, Absent) else ""


def _fixed(value: Number, places: int, signed: bool = False) -> str:
    if isinstance(value, Absent):
        return MISSING
    rounded = round(value, places)
    if rounded == 0:
        rounded = 0.0  # -0.04 with one digit is 0.0, not -0.0
    sign = "+" if signed and rounded > 0 else ""
    return sign + _typeset(f"{rounded:,.{places}f}")


def _typeset(text: str) -> str:
    """A real minus sign: "-" alone means missing. The exponent of 1.2e-07 keeps its hyphen."""
    return MINUS + text[1:] if text.startswith("-") else text
