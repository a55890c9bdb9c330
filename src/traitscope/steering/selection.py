"""Which evaluation wins: the largest delta among the coherent ones (the smallest when suppressing).

One that was judged on some of the questions only has told the search where to go, and cannot win.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from traitscope.config import SteerSettings
from traitscope.steering.evaluation import Evaluation, Site, Source

Key = TypeVar("Key")


def best_by_site(evaluations: Sequence[Evaluation], push: str | None) -> dict[Site, Evaluation]:
    """Layer and direction -> their best coherent evaluation; one without any is left out."""
    return _best_by(evaluations, push, lambda one: one.point.site)


def best_by_layer(evaluations: Sequence[Evaluation], push: str | None) -> dict[int, Evaluation]:
    """Layer -> its best coherent evaluation along any direction; a layer without one is left out."""
    return _best_by(evaluations, push, lambda one: one.point.layer)


def best_by_source(evaluations: Sequence[Evaluation], push: str | None) -> dict[Source, Evaluation]:
    """Method and position -> their best coherent evaluation; one without any is left out."""
    return _best_by(evaluations, push, lambda one: one.point.source)


def best_overall(evaluations: Sequence[Evaluation], push: str | None) -> Evaluation | None:
    """The best of all layers and directions; None if nothing was coherent."""
    return max(best_by_site(evaluations, push).values(), key=lambda one: _gain(one, push), default=None)


def weakest_incoherent(evaluations: Sequence[Evaluation], layer: int) -> Evaluation | None:
    """The weakest push that broke the language, at the layer or the nearest that has one: 'too strong'."""
    broken = [one for one in evaluations if not one.coherent]
    return min(
        broken,
        key=lambda one: (abs(one.point.layer - layer), one.point.layer, abs(one.point.coefficient)),
        default=None,
    )


def nothing_coherent(evaluations: Sequence[Evaluation], settings: SteerSettings) -> str:
    """Why a search ended with nothing, and what to change: a result, the trait cannot be steered here."""
    few = "fewer than 80 % of the answers of each could be scored"
    if all(one.coherence is None for one in evaluations):
        return f"no evaluation has a coherence: {few} for it; look at coherence_reason in scores.jsonl"
    if any(one.coherent and one.whole for one in evaluations):
        return f"no coherent evaluation has a trait score: {few}; look at trait_reason in scores.jsonl"
    whole = [one for one in evaluations if one.whole]
    weakest = min(whole or evaluations, key=lambda one: abs(one.relative_strength))
    found = "unscored" if weakest.coherence is None else f"{weakest.coherence:.1f}"
    mend = f"lower steer.start (now {settings.start:g}) or raise steer.steps (now {settings.steps})"
    if settings.strengths is not None:
        mend = f"add a strength below {min(settings.strengths):g} to steer.strengths"
    if settings.policy == "frontier":
        mend = "search other layers, or lower steer.threshold"
    tried = "the weakest push tried"
    if any(one.coherent for one in evaluations):
        tried = "of pushes that answered all questions the weakest"
        mend = (
            "raise steer.steps: weaker ones were coherent on some of the questions; or lower steer.threshold"
        )
    return (
        f"unsteerable here, since no evaluation is coherent: {tried}, "
        f"{abs(weakest.relative_strength):.2f} of the norm at layer {weakest.point.layer}, has coherence "
        f"{found} (threshold {settings.threshold:g}); {mend}"
    )


def _best_by(
    evaluations: Sequence[Evaluation], push: str | None, key: Callable[[Evaluation], Key]
) -> dict[Key, Evaluation]:
    best: dict[Key, Evaluation] = {}
    for one in evaluations:
        if one.whole and one.coherent and one.delta is not None:
            rival = best.get(key(one))
            if rival is None or _gain(one, push) > _gain(rival, push):
                best[key(one)] = one
    return best


def _gain(one: Evaluation, push: str | None) -> float:
    assert one.delta is not None
    return -one.delta if push == "suppress" else one.delta
