"""A judge's scores against the labels of the same answers: on the diagonal it says what people said."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from traitscope.report import numbers
from traitscope.report.charts.svg import WIDTH, Scale, circle, drawing, label, line, polyline

HEIGHT = 260
LEFT, RIGHT, TOP, BOTTOM = 34, 12, 18, 32
_TICKS = (0, 25, 50, 75, 100)


class CalibrationPoint(NamedTuple):
    """Answers whose labels lie together: mean label, mean score, and how many they are."""

    label: float
    score: float
    answers: int


def calibration_chart(
    bins: Sequence[CalibrationPoint], scored: Sequence[tuple[float, float]], title: str
) -> Markup:
    """Score against label, both 0 to 100, with the diagonal.

    Args:
        bins: the curve, drawn as dots that are joined.
        scored: label and score of single answers, drawn small; may be empty.
    """
    if not bins:
        return drawing(title, 60, [label("no answer has a score", WIDTH / 2, 34, "note", "middle")])
    x = Scale(0, 100, LEFT, WIDTH - RIGHT)
    y = Scale(0, 100, HEIGHT - BOTTOM, TOP)
    children = [label("score", LEFT, 9, "axis")]
    for value in _TICKS:
        children.append(line(LEFT, y(value), WIDTH - RIGHT, y(value), "zero" if value == 0 else "grid"))
        children.append(label(str(value), LEFT - 5, y(value) + 3.5, "tick", "end"))
        children.append(label(str(value), x(value), HEIGHT - BOTTOM + 14, "tick", "middle"))
    children.append(label("label", WIDTH - RIGHT, HEIGHT - BOTTOM + 27, "axis", "end"))
    children.append(line(x(0), y(0), x(100), y(100), "marker"))
    for known, found in scored:
        name = f"label {numbers.points(known)} · score {numbers.points(found)}"
        children.append(circle(x(known), y(found), 2.4, "beside", name))
    ordered = sorted(bins)
    children.append(polyline([(x(one.label), y(one.score)) for one in ordered], "curve real"))
    for one in ordered:
        name = (
            f"{one.answers} answers · mean label {numbers.points(one.label)}"
            f" · mean score {numbers.points(one.score)}"
        )
        children.append(circle(x(one.label), y(one.score), 5, "dot m10", name))
    return drawing(title, HEIGHT, children, kind="calibration")
