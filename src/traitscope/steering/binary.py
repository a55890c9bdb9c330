"""The `binary` policy: up while coherent, down when not, with momentum.

    c_0 = start * base_norm
    d   = up if coherent else down
    v   = momentum * v + (1 - momentum) * d,   v starts at 1
    c   = c * v

All layers step together, each on its own trajectory (the reference experiment's rule).
"""

from collections.abc import Mapping, Sequence

from traitscope.config import SteerSettings
from traitscope.steering.evaluation import Evaluation, Point


def binary_points(
    settings: SteerSettings, base_norms: Mapping[int, float], past: Sequence[Evaluation]
) -> list[Point]:
    """What to try next, one point a layer, from all that was tried; nothing once every step is done.

    Args:
        settings: start, steps, up, down, momentum, push.
        base_norms: layer -> base norm, of the layers searched.
        past: evaluations so far, in order.
    """
    points = []
    for layer, base_norm in base_norms.items():
        tried = [one.coherent for one in past if one.point.layer == layer]
        if len(tried) < settings.steps:
            points.append(Point(layer, settings.sign * settings.start * base_norm * _growth(settings, tried)))
    return points


def _growth(settings: SteerSettings, coherent: Sequence[bool]) -> float:
    velocity = growth = 1.0
    for one in coherent:
        drive = settings.up if one else settings.down
        velocity = settings.momentum * velocity + (1 - settings.momentum) * drive
        growth *= velocity
    return growth
