"""Several methods and positions in one search: each moves by the policy as if it were alone, and a step of
all of them is one batch."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from traitscope.config import Config, SteerSettings
from traitscope.steering.evaluation import Evaluation, Source, Step, Terrain
from traitscope.steering.policies import next_step


def competing_sources(config: Config) -> list[Source]:
    """What competes when traits are steered, first named first; without `steer` what is read along."""
    methods = config.steer.competing_methods if config.steer else config.extract.methods[:1]
    return [Source(method, position) for position in config.extract.fitted_positions for method in methods]


def competing_step(
    settings: SteerSettings, terrains: Mapping[Source, Terrain], past: Sequence[Evaluation]
) -> Step | None:
    """What to try next, at most one point a site; None when the coarse search is over.

    Args:
        settings: the policy and what it goes by.
        terrains: of each method and position, in the order in which they are named.
        past: coarse evaluations so far, in order.
    """
    points, questions = [], 0
    for source, terrain in terrains.items():
        mine = [one for one in past if one.point.source == source]
        step = next_step(settings, terrain, mine)
        if step is not None:
            method, position = source
            points += [replace(point, method=method, position=position) for point in step.points]
            questions = step.questions
    return Step(points, questions) if points else None
