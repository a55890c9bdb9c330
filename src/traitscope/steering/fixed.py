"""The `fixed` policy: the same strengths at every layer, whatever they give.

c = strength * base_norm,   one strength a step, in the order of the file
"""

from collections.abc import Mapping, Sequence

from traitscope.config import SteerSettings
from traitscope.steering.evaluation import Evaluation, Point


def fixed_points(
    settings: SteerSettings, base_norms: Mapping[int, float], past: Sequence[Evaluation]
) -> list[Point]:
    """The next strength at every layer that has not had it; nothing once all are done.

    Args:
        settings: strengths, push.
        base_norms: layer -> base norm, of the layers searched.
        past: evaluations so far, in order.
    """
    assert settings.strengths is not None
    points = []
    for layer, base_norm in base_norms.items():
        tried = sum(one.point.layer == layer for one in past)
        if tried < len(settings.strengths):
            points.append(Point(layer, settings.sign * settings.strengths[tried] * base_norm))
    return points
