"""The `frontier` policy: to the edge of coherence at every layer by what needs no judge, then only the best.

    c(k) = u / (1 + exp((ln k - m) / w)),    edge: k with c(k) = threshold + margin

k is the cost of a push: the KL divergence of the next token on neutral prompts, in nats. Coherence falls with
it in nearly the same way at every layer, so that what one layer's answers say of m holds for the others: m is
fitted to all evaluations, then to each layer's own around that. All layers open at the same cost on three
tenths of the questions; the better half goes on with half of them at its own edge, the best two fifths with
all, and the best two are tried twice more, between what was coherent and what was not. Dropping the worse
part after each step is successive halving (Jamieson and Talwalkar 2016, arXiv 1502.07943). The constants were
set by looking at the grid of benchmarks/search_grid.py; docs/search.md has what comes of them, and of others.
"""

from collections.abc import Sequence
from math import ceil, exp, log
from typing import NamedTuple

import numpy as np

from traitscope.config import SteerSettings
from traitscope.steering.evaluation import Cost, Evaluation, Point, Step, Terrain

OPENING = 0.5
"""Cost at which every layer is first judged, nats; answers of that cost are about to break."""
FRONTIER_STEPS = 5
SHARES = (1.0, 0.5, 0.4)
"""Share of the layers that the first steps try; later ones try `FINALISTS`."""
QUESTIONS = (0.3, 0.5, 1.0)
"""Share of the questions that the first steps ask; later ones ask all."""
FINALISTS = 2
MARGIN = 0.5
"""Points above the threshold that are aimed at: an edge met exactly is missed half of the time."""
WIDTH = 0.4
"""w: how much ln k grows while coherence falls from three quarters to half of the unsteered one, about."""
MIDDLE, MIDDLE_SPREAD, LAYER_SPREAD = 0.1, 0.4, 0.25
"""What is expected of m before anything is judged, and how far a layer's own lies from all layers' m."""
NOISE = 18.0
"""Standard deviation of one answer's coherence around the curve, points."""
NEIGHBOURS = 1.0
"""How many places away in the list of layers a neighbour's delta counts 0.6 of a layer's own."""
LEAST_COHERENCE = 10.0
"""Below it the unsteered answers are broken themselves, and the curve has no edge."""
PRIOR_ANSWERS = 4.0
"""Answers' weight of the mean over all layers in each layer's value: few answers say little."""


def kept_layers(layers: int, step: int) -> int:
    """How many of the layers a step tries."""
    share = SHARES[step - 1] if step <= len(SHARES) else 0.0
    return min(layers, max(FINALISTS, ceil(share * layers)))


def asked_questions(questions: int, step: int) -> int:
    """How many of the questions a step asks."""
    return ceil(QUESTIONS[step - 1] * questions) if step <= len(QUESTIONS) else questions


def frontier_step(settings: SteerSettings, terrain: Terrain, past: Sequence[Evaluation]) -> Step | None:
    """What to try next; None after the last step.

    Args:
        settings: questions, threshold, push.
        terrain: with costs of every layer.
        past: evaluations so far, in order.
    """
    step = 1 + max((one.step for one in past), default=0)
    if step > FRONTIER_STEPS:
        return None
    search = _Search(settings, terrain, past)
    alive = [one.point.layer for one in past if one.step == step - 1] or list(terrain.base_norms)
    best = sorted(alive, key=search.value, reverse=True)[: kept_layers(len(terrain.base_norms), step)]
    points = [search.point(layer, OPENING if step == 1 else search.aim(layer)) for layer in sorted(best)]
    return Step(points, asked_questions(settings.questions, step))


class _Seen(NamedTuple):
    """An evaluation, by what it cost."""

    layer: int
    log_cost: float
    answers: int
    evaluation: Evaluation


class _Search:
    """What the evaluations so far say of each layer."""

    def __init__(self, settings: SteerSettings, terrain: Terrain, past: Sequence[Evaluation]) -> None:
        self.terrain = terrain
        self.coherence = max(terrain.coherence, LEAST_COHERENCE)
        self.sign = settings.sign
        self.threshold = settings.threshold
        self.seen = [
            _Seen(one.point.layer, _log_cost(terrain, one), one.questions - one.unscored, one) for one in past
        ]
        self.place = {layer: place for place, layer in enumerate(terrain.base_norms)}
        self.middle = _middle(self.seen, self.coherence, MIDDLE, MIDDLE_SPREAD)

    def value(self, layer: int) -> float:
        """How far a layer moves the trait, from its own answers and its neighbours', drawn to all layers'."""
        scored = [(one, one.evaluation.delta) for one in self.seen if one.evaluation.delta is not None]
        if not scored:
            return 0.0
        deltas = np.array([self.sign * delta for _, delta in scored])
        answers = np.array([one.answers for one, _ in scored])
        away = np.array([self.place[one.layer] - self.place[layer] for one, _ in scored])
        near = answers * np.exp(-(away**2) / (2 * NEIGHBOURS**2))
        everywhere = float(np.average(deltas, weights=answers))
        return float((near @ deltas + PRIOR_ANSWERS * everywhere) / (near.sum() + PRIOR_ANSWERS))

    def aim(self, layer: int) -> float:
        """The cost to try next at a layer, nats: its edge, but between what was coherent and what was not."""
        mine = [one for one in self.seen if one.layer == layer]
        middle = _middle(mine, self.coherence, self.middle, LAYER_SPREAD)
        wanted = min(self.threshold + MARGIN, self.coherence - 2)
        found = middle + WIDTH * log(self.coherence / max(wanted, 1.0) - 1)
        whole = [one for one in mine if one.evaluation.whole]
        below = max((one.log_cost for one in whole if one.evaluation.coherent), default=None)
        above = min((one.log_cost for one in whole if not one.evaluation.coherent), default=None)
        if below is not None and above is not None and below < above:
            return exp(min(max(found, 0.75 * below + 0.25 * above), 0.25 * below + 0.75 * above))
        if below is not None:
            return exp(max(found, below + log(1.1)))
        return exp(found if above is None else min(found, above - log(1.1)))

    def point(self, layer: int, cost: float) -> Point:
        """The push of that cost."""
        strength = strength_of(self.terrain.costs[layer], cost)
        return Point(layer, self.sign * strength * self.terrain.base_norms[layer])


def strength_of(costs: Sequence[Cost], divergence: float) -> float:
    """The strength that costs so much, by straight lines between the logarithms of both; beyond the costs
    measured the nearest line goes on."""
    return exp(_along(log(divergence), _curve(costs), given=1))


def divergence_of(costs: Sequence[Cost], strength: float) -> float:
    """What a strength costs, nats, by the same lines."""
    return exp(_along(log(strength), _curve(costs), given=0))


def _log_cost(terrain: Terrain, one: Evaluation) -> float:
    return log(divergence_of(terrain.costs[one.point.layer], abs(one.relative_strength)))


def _curve(costs: Sequence[Cost]) -> list[tuple[float, float]]:
    """Logarithms of strength and divergence; where a longer push costs no more, what is shorter counts."""
    curve: list[tuple[float, float]] = []
    for cost in costs:
        if cost.divergence > 0 and (not curve or log(cost.divergence) > curve[-1][1]):
            curve.append((log(cost.strength), log(cost.divergence)))
    if not curve:
        curve = [(log(costs[-1].strength), log(OPENING))]
    if len(curve) == 1:
        # Near 0 the divergence grows with the square of the push.
        strength, divergence = curve[0]
        curve.append((strength + 1, divergence + 2))
    return curve


def _along(value: float, curve: Sequence[tuple[float, float]], given: int) -> float:
    index = next((i for i, point in enumerate(curve[1:-1], start=1) if value <= point[given]), len(curve) - 1)
    left, right = curve[index - 1], curve[index]
    share = (value - left[given]) / (right[given] - left[given])
    return left[1 - given] + share * (right[1 - given] - left[1 - given])


def _middle(seen: Sequence[_Seen], coherence: float, expected: float, spread: float) -> float:
    """m by least squares: what is expected, and each coherence by its number of answers."""
    middles = np.linspace(expected - 3, expected + 3, 301)
    loss = ((middles - expected) / spread) ** 2
    for one in seen:
        if one.evaluation.coherence is not None:
            curve = coherence / (1 + np.exp((one.log_cost - middles) / WIDTH))
            loss += one.answers * ((one.evaluation.coherence - curve) / NOISE) ** 2
    return float(middles[loss.argmin()])
