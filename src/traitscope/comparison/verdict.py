"""From the lines of evidence to one word per trait, with its reason.

    moved_up, moved_down   behaviour's interval excludes 0, and the inside score has the same sign and a tail
                           share <= 0.05
    behaviour_only         the first alone (also when the inside score is far out on the other side)
    inside_only            the second alone
    not_shown              neither; never "unchanged"
    cannot_tell            there is no judge, too few prompts, or no answers that can be judged

Both lines are corrected by Holm: behaviour over the traits that have a judge, tail shares over all traits.
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


class Verdict(NamedTuple):
    """The word and the sentence that goes with it."""

    name: VerdictName
    reason: str


def verdicts(
    behaviours: Mapping[str, Behaviour | None],
    inside: Mapping[str, tuple[float, float]],
    prompts: int,
    incoherent: str | None = None,
) -> dict[str, Verdict]:
    """Verdicts of all traits of one comparison.

    Args:
        behaviours: by trait; None where it has no judge.
        inside: by trait, the inside score and its family-wise share of null directions.
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
        trait: verdict(behaviours[trait], p_values.get(trait), score, share, prompts, incoherent)
        for trait, (score, share) in inside.items()
    }


def holm_by_trait(values: Mapping[str, float]) -> dict[str, float]:
    """Holm's adjusted values, by trait."""
    return dict(zip(values, holm(list(values.values())), strict=True))


def verdict(
    behaviour: Behaviour | None,
    behaviour_p: float | None,
    score: float,
    tail_share: float,
    prompts: int,
    incoherent: str | None = None,
) -> Verdict:
    """Verdict on one trait.

    Args:
        behaviour: what the judge found; None where the trait has no judge.
        behaviour_p: its p-value after Holm.
        score: the inside score.
        tail_share: its family-wise share of null directions.
        prompts: number of prompts that the score averages.
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
    inwards = tail_share <= LEVEL
    said, read = _said(interval), f"inside score {score:+.2f}"
    among = f"family-wise share {tail_share:.2g}"
    if outwards and inwards and score * interval.mean > 0:
        name: VerdictName = "moved_up" if interval.mean > 0 else "moved_down"
        return Verdict(name, f"{said}, and the {read} points the same way ({among})")
    if outwards:
        against = "points the other way" if inwards else "is within the null directions"
        return Verdict("behaviour_only", f"{said}, but the {read} {against} ({among})")
    if inwards:
        return Verdict(
            "inside_only", f"the {read} is beyond the null directions ({among}), but {_unseen(behaviour)}"
        )
    return Verdict(
        "not_shown", f"{_unseen(behaviour)}, and the {read} is within the null directions ({among})"
    )


def _said(interval: Interval) -> str:
    way = "higher" if interval.mean > 0 else "lower"
    low, high = sorted((abs(interval.low), abs(interval.high)))
    return f"the answers score {abs(interval.mean):.1f} {way} ({low:.1f} to {high:.1f})"


def _unseen(behaviour: Behaviour) -> str:
    """The answers' change that was not shown, with the smallest one that would have been."""
    if behaviour.interval is None or behaviour.visible is None:
        return "the answers' scores are the same"
    mean, low, high, *_ = behaviour.interval
    change = f"the answers' change of {mean:+.1f} ({low:+.1f} to {high:+.1f}) is not shown"
    return f"{change} (one of {behaviour.visible:.1f} would be seen in 4 of 5 repetitions)"
