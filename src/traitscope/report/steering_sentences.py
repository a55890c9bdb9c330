"""The report's words about steering: whether a trait can be steered, and what that rests on."""

from collections.abc import Sequence

from traitscope.report import numbers
from traitscope.report.sentences import RESULT_WORDS, Phrase, Tone
from traitscope.report.trait_view import (
    Evaluation,
    Result,
    SpecificityView,
    SteeringView,
    TraitView,
)
from traitscope.report.values import Absent, Estimate


def headline(trait: TraitView) -> Phrase:
    """Whether the trait can be steered, in a phrase."""
    delta = trait.steering.arm("winner").delta if isinstance(trait.steering, SteeringView) else trait.steering
    if trait.result in ("shown", "weak") and isinstance(delta, Estimate):
        words = "steers" if trait.result == "shown" else "steers weakly"
        return Phrase("up", f"{trait.name} {words}, {numbers.signed_points(delta.mean)} points")
    if trait.result == "not_shown":
        return Phrase("none", f"{trait.name}: steering not shown")
    return Phrase("unknown", f"{trait.name}: not steered")


def summary(traits: Sequence[TraitView]) -> tuple[Phrase, ...]:
    """Which traits were shown to steer, and which not: one phrase a result."""
    tones: tuple[tuple[Result, Tone, str], ...] = (
        ("shown", "up", "Steering shown"),
        ("weak", "up", "Weak"),
        ("not_shown", "none", "Not shown"),
        ("skipped", "unknown", "Not steered"),
    )
    phrases = []
    for result, tone, words in tones:
        names = [_with_delta(trait) for trait in traits if trait.result == result]
        if names:
            phrases.append(Phrase(tone, f"{words}: {', '.join(names)}"))
    return tuple(phrases)


def evidence(trait: TraitView) -> str:
    """What the steering headline rests on, or why there is nothing to rest on."""
    steering = trait.steering
    if isinstance(steering, Absent):
        return f"{trait.reason or steering.reason}"
    parts = []
    winner = steering.arm("winner")
    if not isinstance(steering.best, Absent):
        best = steering.best
        parts.append(
            f"layer {best.layer} at {numbers.ratio(best.relative_strength)} of its norm"
            f" (coefficient {numbers.significant(best.coefficient)})"
        )
    if not isinstance(winner.delta, Absent):
        where = (
            "questions, the ones searched on (in sample)"
            if steering.in_sample
            else "questions not searched on"
        )
        parts.append(
            f"{numbers.points(steering.arm('unsteered').trait)} \N{RIGHTWARDS ARROW}"
            f" {numbers.points(winner.trait)}, delta {numbers.points_interval(winner.delta)}"
            f" over {winner.delta.n} {where}, coherence {numbers.points(winner.coherence)}"
        )
    parts += controls(steering)
    if trait.reason:
        parts.append(trait.reason)
    if (unspecific := not_specific(trait)) is not None:
        parts.append(f"not specific: it {unspecific}")
    if steering.left_out:
        parts.append(steering.left_out)
    return "; ".join(parts)


def beaten(steering: SteeringView) -> list[str]:
    """What the winner was chosen over, one sentence a direction, by the figures of the search."""
    best = steering.best
    if not steering.beaten or isinstance(best, Absent):
        return []
    return [f"{best.direction} won: {_found(best)}."] + [
        f"It beat {one.direction}: {one.best.reason if isinstance(one.best, Absent) else _found(one.best)}."
        for one in steering.beaten
    ]


def beaten_briefly(trait: TraitView) -> str | None:
    """Which direction won over which, with the deltas of the search; None where nothing competed."""
    steering = trait.steering
    if isinstance(steering, Absent) or isinstance(steering.best, Absent) or not steering.beaten:
        return None
    others = ", ".join(
        f"{one.direction} ({numbers.MISSING if isinstance(one.best, Absent) else _delta(one.best)})"
        for one in steering.beaten
    )
    return (
        f"{trait.name}: {steering.best.direction} ({_delta(steering.best)} in the search) won over {others}"
    )


def _found(one: Evaluation) -> str:
    """An evaluation of the search in a clause."""
    return (
        f"layer {one.layer} at {numbers.ratio(one.relative_strength)} of its norm, delta {_delta(one)} on the"
        f" {one.answered} questions searched on, coherence {numbers.points(one.coherence)}"
    )


def _delta(one: Evaluation) -> str:
    if isinstance(one.interval, Absent):
        return numbers.signed_points(one.delta)
    return numbers.points_interval(one.interval)


def result_words(trait: TraitView) -> str:
    """The word for a trait's result, with what limits it."""
    word = RESULT_WORDS[trait.result]
    return word if not_specific(trait) is None else f"{word}, not specific"


def not_specific(trait: TraitView) -> str | None:
    """What a winner moves more than its own trait, as a clause; None where it is specific or not told."""
    found = trait.specificity
    return found.reason if isinstance(found, SpecificityView) and found.specific is False else None


def controls(steering: SteeringView) -> list[str]:
    """What the controls of the winner's damage did, and what the prompt did, as clauses."""
    return [
        told
        for prefix, one, several in (
            ("random_", "a random direction of the same damage", "random directions of the same damage"),
            ("other_", "another trait's direction", "other traits' directions"),
            ("shuffled", "its direction under shuffled labels", ""),
            ("prompt", "a system prompt instead", ""),
        )
        if (told := _told(steering, prefix, one, several)) is not None
    ]


def _told(steering: SteeringView, prefix: str, one: str, several: str) -> str | None:
    deltas = [
        arm.delta.mean
        for arm in steering.arms
        if arm.name.startswith(prefix) and not isinstance(arm.delta, Absent)
    ]
    if not deltas:
        return None
    if len(deltas) == 1:
        return f"{one}: {numbers.signed_points(deltas[0])}"
    low, high = numbers.signed_points(min(deltas)), numbers.signed_points(max(deltas))
    return f"{len(deltas)} {several}: {low} to {high}"


def _with_delta(trait: TraitView) -> str:
    delta = trait.steering.arm("winner").delta if isinstance(trait.steering, SteeringView) else trait.steering
    return trait.name if isinstance(delta, Absent) else f"{trait.name} {numbers.points_interval(delta)}"
