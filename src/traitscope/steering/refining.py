"""Refinement: after the coarse pass, new coefficients at and around the layers that it found best.

`auto` takes all layers within REACH of the best one, itself included, and of the runner-up (the best of any
other layer, method or position) where the intervals of their deltas overlap; ranges take the layers they
name, searched before or not, along the best one's direction. The first step tries every one of them between
what was coherent and what was not (bracketing.py), each further step the half of them that promises most.
"""

from collections.abc import Mapping, Sequence
from math import ceil

from traitscope.config import SteerSettings, resolve_layers
from traitscope.steering.bracketing import expected_gain, proposed_strength
from traitscope.steering.evaluation import Evaluation, Point, Site, Source, Step
from traitscope.steering.policies import StepSize
from traitscope.steering.selection import best_by_site

REACH = 3
"""Layers on either side of the best one."""

Norms = Mapping[Source, Mapping[int, float]]
"""Base norms of all layers of the model, by what the directions come from."""


def refine_step(settings: SteerSettings, norms: Norms, past: Sequence[Evaluation]) -> Step | None:
    """What to try next, at most one point a site; None when the refinement is over.

    Args:
        settings: of one trait: refine, refine_steps, questions, push.
        norms: base norms of all layers, also of those that were not searched.
        past: evaluations so far in order, coarse ones first.
    """
    done = len({one.step for one in past if one.refined})
    if done >= settings.refine_steps:
        return None
    sites = refined_sites(settings, norms, past)
    promising = _promises(settings, sites, past)
    points = []
    for site, strength in sorted(promising[: kept_sites(len(sites), done + 1)], key=_place):
        coefficient = settings.sign * strength * norms[site.source][site.layer]
        points.append(Point(site.layer, coefficient, *site.source))
    return Step(points, settings.questions, refined=True) if points else None


def refined_sites(settings: SteerSettings, norms: Norms, past: Sequence[Evaluation]) -> list[Site]:
    """Where the refinement looks, by the coarse evaluations alone; nowhere under `none`, and under `auto`
    where none was coherent."""
    if settings.refine == "none":
        return []
    coarse = best_by_site([one for one in past if not one.refined], settings.push)
    order = sorted(coarse.values(), key=lambda one: settings.sign * (one.delta or 0.0), reverse=True)
    if settings.refine != "auto":
        source = order[0].point.source if order else next(iter(norms))
        assert isinstance(settings.refine, str)
        return [Site(layer, source) for layer in _named(settings.refine, len(norms[source]))]
    found: list[Site] = []
    for one in order[: 2 if len(order) > 1 and overlap(order[0], order[1]) else 1]:
        source = one.point.source
        around = _around(one.point.layer, len(norms[source]))
        found += [site for layer in around if (site := Site(layer, source)) not in found]
    return sorted(found)


def overlap(one: Evaluation, other: Evaluation) -> bool:
    """Whether the intervals of two deltas meet; one without an interval could lie anywhere."""
    ends = (one.delta_low, one.delta_high, other.delta_low, other.delta_high)
    low, high, other_low, other_high = ends
    if low is None or high is None or other_low is None or other_high is None:
        return True
    return low <= other_high and other_low <= high


def promised_gain(settings: SteerSettings, norms: Norms, past: Sequence[Evaluation]) -> float:
    """By how many points the next step may beat the best so far; 0 where there is none. Which of several
    traits to refine first, where time is short, is a question of this."""
    sites = refined_sites(settings, norms, past)
    best = max(
        (settings.sign * (one.delta or 0.0) for one in best_by_site(past, settings.push).values()),
        default=0.0,
    )
    gains = [
        gain
        for site, strength in _promises(settings, sites, past)
        if (gain := expected_gain(site, strength, past, settings.sign)) is not None
    ]
    return max(0.0, max(gains, default=0.0) - best)


def kept_sites(sites: int, step: int) -> int:
    """How many sites a step of the refinement tries."""
    return ceil(sites / (1 << (step - 1)))


def planned_refinement(
    settings: SteerSettings, searched: Sequence[int], depth: int, sources: int = 1
) -> list[StepSize]:
    """The steps of a refinement, with as many sites as there may be: known before anything is searched.

    Args:
        searched: layers of the coarse pass.
        depth: layers of the model.
        sources: methods and positions that compete.
    """
    if settings.refine == "none":
        return []
    if settings.refine == "auto":
        around = [set(_around(layer, depth)) for layer in searched]
        sites = max(len(one | other) for one in around for other in around)
        if sources > 1:
            largest = max(map(len, around))
            sites = max(sites, 2 * largest)
    else:
        assert isinstance(settings.refine, str)
        sites = len(_named(settings.refine, depth))
    return refined_steps(settings, sites)


def refined_steps(settings: SteerSettings, sites: int) -> list[StepSize]:
    """The steps of a refinement of so many sites, at the most."""
    return [
        StepSize(kept_sites(sites, step), settings.questions) for step in range(1, settings.refine_steps + 1)
    ]


def _promises(
    settings: SteerSettings, sites: Sequence[Site], past: Sequence[Evaluation]
) -> list[tuple[Site, float]]:
    """Sites with the strength to try next, those that promise most first."""
    proposed = [(site, strength) for site in sites if (strength := proposed_strength(site, past)) is not None]

    def unpromising(one: tuple[Site, float]) -> float:
        gain = expected_gain(*one, past, settings.sign)
        return float("inf") if gain is None else -gain

    return sorted(proposed, key=unpromising)


def _around(layer: int, depth: int) -> range:
    return range(max(0, layer - REACH), min(depth, layer + REACH + 1))


def _named(layers: str, depth: int) -> tuple[int, ...]:
    return resolve_layers(layers, depth, "steer.refine")


def _place(one: tuple[Site, float]) -> Site:
    return one[0]
