"""From the lines of evidence to one word per trait, with its reason.

    moved_up, moved_down   behaviour's interval excludes 0, and the inside score has the same sign and a
                           family share <= 0.05
    behaviour_only         the first alone (also when the inside score is far out on the other side)
    inside_only            the second alone
    not_shown              neither; never "unchanged"
    cannot_tell            there is no judge, too few prompts, or no answers that can be judged

Both lines keep their error over the traits: behaviour by Holm over those that have a judge; the inside score
by its share of draws in which any trait's null direction is as far out, the maximum over traits
(null.standing). Where the inside score does not speak for a change, the reason says how large it would have
had to be.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from traitscope.comparison.behaviour import Behaviour
from traitscope.statistics import Interval, holm

LEVEL = 0.05
"""Family-wise level of either line."""
FEWEST_PROMPTS = 8
"""Fewest prompts, and fewest scored questions, for a verdict: below, an interval is mostly assumption."""

VerdictName = Literal["moved_up", "moved_down", "behaviour_only", "inside_only", "not_shown", "cannot_tell"]


class Inside(NamedTuple):
    """What the second line says of a trait."""

    score: float
    share: float
    """Of null draws, family-wise."""
    visible: float | None
    """A score further from 0 than this would have been beyond the null directions; None where the stream has
    not moved at all."""


class Verdict(NamedTuple):
    """The word and the sentence that goes with it."""

    name: VerdictName
    reason: str


def verdicts(
    behaviours: Mapping[str, Behaviour | None],
    inside: Mapping[str, Inside],
    prompts: int,
    incoherent: str | None = None,
) -> dict[str, Verdict]:
    """Verdicts of all traits of one comparison.

    Args:
        behaviours: by trait; None where it has no judge.
        inside: by trait.
        prompts: number of prompts that the inside scores average.
        incoherent: why the answers cannot be judged, if they cannot.

    Raises:
        ValueError: the two do not name the same traits.
    """
    if behaviours.keys() != inside.keys():
        raise ValueError(f"behaviour of {sorted(behaviours)}, inside scores of {sorted(inside)}")
    judged = {
        trait: found.p_value for trait, found in behaviours.items() if found and found.p_value is not None
    }
    p_values = holm_by_trait(judged)
    return {
        trait: verdict(behaviours[trait], p_values.get(trait), found, prompts, incoherent)
        for trait, found in inside.items()
    }


def holm_by_trait(values: Mapping[str, float]) -> dict[str, float]:
    """Holm's adjusted values, by trait."""
    return dict(zip(values, holm(list(values.values())), strict=True))


def verdict(
    behaviour: Behaviour | None,
    behaviour_p: float | None,
    inside: Inside,
    prompts: int,
    incoherent: str | None = None,
) -> Verdict:
    """Verdict on one trait.

    Args:
        behaviour: what the judge found; None where the trait has no judge.
        behaviour_p: its p-value after Holm.
        inside: what the stream says.
        prompts: number of prompts that the inside score averages.
        incoherent: why the answers cannot be judged, if they cannot.
    """
    if behaviour is None:
        return Verdict("cannot_tell", "no judge for this trait")
    interval = behaviour.interval
    if interval is None or behaviour_p is None:
        return Verdict("cannot_tell", behaviour.reason or "the scores give no interval")
    if incoherent:
        return Verdict("cannot_tell", f"the answers are incoherent: {incoherent}")
    if min(prompts, interval.n) < FEWEST_PROMPTS:
        found = f"{prompts} prompts and {interval.n} scored questions"
        return Verdict("cannot_tell", f"{found}, where a verdict needs {FEWEST_PROMPTS} of each")
    outwards = (interval.low > 0 or interval.high < 0) and behaviour_p <= LEVEL
    inwards = inside.share <= LEVEL
    said, read = _said(interval), f"inside score {inside.score:+.2f}"
    among = f"family-wise share {inside.share:.2g}"
    if outwards and inwards and inside.score * interval.mean > 0:
        name: VerdictName = "moved_up" if interval.mean > 0 else "moved_down"
        return Verdict(name, f"{said}, and the {read} points the same way ({among})")
    if outwards:
        against = "points the other way" if inwards else "is within the null directions"
        change = f"{said}{_seen(behaviour)}"
        return Verdict("behaviour_only", f"{change}, but the {read} {against} ({among}{_low(inside)}")
    if inwards:
        return Verdict(
            "inside_only", f"the {read} is beyond the null directions ({among}), but {_unseen(behaviour)}"
        )
    if inside.visible is None and interval.method == "constant" and interval.mean == 0:
        return Verdict("not_shown", "both variants read the words and answer the questions the same")
    within = f"the {read} is within the null directions ({among}{_low(inside)}"
    return Verdict("not_shown", f"{_unseen(behaviour)}, and {within}")


def _said(interval: Interval) -> str:
    way = "higher" if interval.mean > 0 else "lower"
    low, high = sorted((abs(interval.low), abs(interval.high)))
    return f"the answers score {abs(interval.mean):.1f} {way} ({low:.1f} to {high:.1f})"


def _unseen(behaviour: Behaviour) -> str:
    """The answers' change that was not shown, with the smallest one that would have been."""
    if behaviour.interval is None or behaviour.interval[:3] == (0, 0, 0):
        return "the answers' scores are the same"
    mean, low, high, *_ = behaviour.interval
    return f"the answers' change of {mean:+.1f} ({low:+.1f} to {high:+.1f}) is not shown{_seen(behaviour)}"


def _seen(behaviour: Behaviour) -> str:
    if behaviour.visible is None:
        return ""
    return f" (one of {behaviour.visible:.1f} would be seen in 4 of 5 repetitions)"


def _low(inside: Inside) -> str:
    """Closes the bracket about an inside score that says nothing, and what that leaves open."""
    if inside.visible is None:
        return "; the stream has not moved at all)"
    return f"; one beyond ±{inside.visible:.2f} would be seen); a low inside score is no evidence of absence"
