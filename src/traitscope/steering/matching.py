"""How far along another direction does the same damage: the length at which two pushes cost alike.

    find s with |log k(s) - log target| <= log(1 + TOLERANCE),   k the cost of a push of strength s, nats

k grows with s, near 0 with its square. Until the target lies between two costs that were measured, the next
strength goes on along a line of slope 2 in the logarithms; then between them by the secant, and by the middle
whenever that shrinks the bracket faster. What is tried next follows from what was tried alone, so that a
search that was cut off goes on as if it had not been.
"""

from collections.abc import Callable, Sequence
from math import exp, isfinite, log
from typing import NamedTuple

from traitscope.steering.evaluation import Cost

TOLERANCE = 0.1
"""Share by which the cost may miss the target: 5 % of the length, far below what scores can tell."""
MOST_TRIES = 12
FURTHEST = 4.0
"""Factor between two strengths tried, at most."""
NEAR_AN_END = 0.1
"""Share of the bracket, in logarithms, that a secant keeps off its ends."""


class Match(NamedTuple):
    """The push found."""

    cost: Cost
    """What was measured nearest to the target."""
    matched: bool
    """It is within the tolerance."""


def next_strength(tried: Sequence[Cost], target: float, start: float) -> float | None:
    """The strength to measure next; None once one matches, or nothing more is worth trying.

    Args:
        tried: costs measured so far, in their order.
        target: cost looked for, nats, above 0.
        start: strength tried first: that of the push which costs the target.
    """
    if not tried:
        return start
    if match(tried, target).matched or len(tried) >= MOST_TRIES:
        return None
    # A cost that is not finite is that of a push which broke the network: far above any target.
    above = min((one for one in tried if not one.divergence < target), default=None)
    below = max(
        (one for one in tried if one.divergence < target and (above is None or one < above)), default=None
    )
    if above is None:
        assert below is not None
        return below.strength * _factor(below, target)
    if below is None:
        return above.strength * _factor(above, target)
    return _between(below, above, target, len(tried))


def match(tried: Sequence[Cost], target: float) -> Match:
    """The cost nearest to the target of those tried.

    Raises:
        ValueError: nothing was tried.
    """
    nearest = min(tried, key=lambda one: abs(_off(one, target)))
    return Match(nearest, abs(_off(nearest, target)) <= log(1 + TOLERANCE))


def matched(cost: Callable[[float], float], target: float, start: float) -> Match:
    """The whole search, with a function from strength to cost in nats."""
    tried: list[Cost] = []
    while (strength := next_strength(tried, target, start)) is not None:
        tried.append(Cost(strength, cost(strength)))
    return match(tried, target)


def _off(cost: Cost, target: float) -> float:
    """Logarithm of the cost over the target; of what is no cost, further off than any."""
    if not isfinite(cost.divergence):
        return float("inf")
    return log(cost.divergence / target) if cost.divergence > 0 else -float("inf")


def _factor(cost: Cost, target: float) -> float:
    """How much longer or shorter, by slope 2; at least a tenth, so that a flat curve is left."""
    wanted = exp(max(-log(FURTHEST), min(log(FURTHEST), -_off(cost, target) / 2)))
    return max(wanted, 1.1) if cost.divergence < target else min(wanted, 1 / 1.1)


def _between(below: Cost, above: Cost, target: float, tries: int) -> float:
    low, high = log(below.strength), log(above.strength)
    under, over = _off(below, target), _off(above, target)
    # Every third try halves the bracket: a secant alone creeps towards a corner.
    if not (isfinite(under) and isfinite(over)) or tries % 3 == 0:
        share = 0.5
    else:
        share = min(max(under / (under - over), NEAR_AN_END), 1 - NEAR_AN_END)
    return exp(low + share * (high - low))
