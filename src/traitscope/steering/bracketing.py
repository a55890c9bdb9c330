"""Where a layer's edge of coherence lies by what was tried, and which strength to try next.

    low   strongest coherent strength           high   weakest incoherent one above it
    next  sqrt(low * high);   RAISE * low without a high,   low / RAISE or high / RAISE without the other

Strengths are shares of the base norm, so that a layer which was not tried, or which lacks one side, borrows
it from the nearest ones that were: the lower of their lows and the higher of their highs. Where a strength
within CLOSE of the next one was tried, the one between the two strongest coherent ones is next, and after it
the one below both: the trait may be strongest before the edge.
"""

from collections.abc import Iterator, Sequence
from math import exp, log, sqrt
from typing import NamedTuple

from traitscope.steering.evaluation import Evaluation, Site

RAISE = 1.2
CLOSE = 1.05
"""Factor between two strengths that are tried apart; answers to ten questions do not tell closer ones."""


class Bracket(NamedTuple):
    """Strengths between which the edge lies; None where no push on that side was judged."""

    low: float | None
    high: float | None


def tried_at(site: Site, past: Sequence[Evaluation]) -> list[Evaluation]:
    """What was judged of a site; evaluations on some of the questions count where there are no whole ones."""
    found = [one for one in past if one.point.site == site and one.coherence is not None]
    return [one for one in found if one.whole] or found


def bracket(site: Site, past: Sequence[Evaluation]) -> Bracket:
    """A site's bracket: its own, and where a side is missing the nearest layers'."""
    low, high = _own(tried_at(site, past))
    if low is not None and high is not None:
        return Bracket(low, high)
    near = [_own(tried_at(one, past)) for one in _nearest(site, past)]
    if low is None:
        lows = [one.low for one in near if one.low is not None and (high is None or one.low < high)]
        low = min(lows, default=None)
    if high is None:
        highs = [one.high for one in near if one.high is not None and (low is None or one.high > low)]
        high = max(highs, default=None)
    return Bracket(low, high)


def proposed_strength(site: Site, past: Sequence[Evaluation]) -> float | None:
    """The strength to try next; None where everything near the edge was tried, or nothing was judged."""
    tried = [abs(one.relative_strength) for one in tried_at(site, past)]
    for strength in _proposals(site, past):
        if all(abs(log(strength / one)) > log(CLOSE) for one in tried):
            return strength
    return None


def expected_gain(site: Site, strength: float, past: Sequence[Evaluation], sign: int) -> float | None:
    """The gain that a strength promises: in proportion to that of the nearest strength tried at the site, or
    at the nearest layers; None where none has a delta.

    Args:
        sign: 1 where a larger delta is the gain, -1 where a smaller one is.
    """
    known = [one for one in tried_at(site, past) if one.delta is not None]
    if not known:
        known = [
            one for near in _nearest(site, past) for one in tried_at(near, past) if one.delta is not None
        ]
    if not known:
        return None
    nearest = min(known, key=lambda one: (abs(log(abs(one.relative_strength) / strength)), one.step))
    assert nearest.delta is not None
    return sign * nearest.delta * strength / abs(nearest.relative_strength)


def _proposals(site: Site, past: Sequence[Evaluation]) -> Iterator[float]:
    low, high = bracket(site, past)
    if low is not None:
        yield sqrt(low * high) if high is not None else RAISE * low
    elif high is not None:
        yield high / RAISE
        return
    else:
        return
    weaker = [
        abs(one.relative_strength)
        for one in tried_at(site, past)
        if one.coherent and abs(one.relative_strength) < low
    ]
    if weaker:
        yield exp((log(max(weaker)) + log(low)) / 2)
    yield low / RAISE


def _own(tried: Sequence[Evaluation]) -> Bracket:
    low = max((abs(one.relative_strength) for one in tried if one.coherent), default=None)
    broken = (abs(one.relative_strength) for one in tried if not one.coherent)
    return Bracket(low, min((one for one in broken if low is None or one > low), default=None))


def _nearest(site: Site, past: Sequence[Evaluation]) -> list[Site]:
    """The nearest judged layer below and above, of the same source."""
    layers = {
        one.point.layer for one in past if one.point.source == site.source and one.coherence is not None
    }
    below = [layer for layer in layers if layer < site.layer]
    above = [layer for layer in layers if layer > site.layer]
    found = [*sorted(below)[-1:], *sorted(above)[:1]]
    return [Site(layer, site.source) for layer in found]
