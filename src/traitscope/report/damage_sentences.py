"""The report's words about what a winner costs."""

from traitscope.report import numbers
from traitscope.report.damage_view import AccuracyView, DamageView, ElsewhereView
from traitscope.report.values import Absent

ARROW = "\N{RIGHTWARDS ARROW}"


def damage(found: DamageView | Absent) -> tuple[str, ...]:
    """What it costs, a clause each: other words, right answers, elsewhere; or why nothing was measured."""
    if isinstance(found, Absent):
        return (f"not measured: {found.reason}",)
    return (_divergence(found), _accuracy(found.accuracy), _elsewhere(found.elsewhere))


def brief(found: DamageView) -> str:
    """The price in a few words: KL 0.42, right answers 57 % to 51 %."""
    accuracy = found.accuracy
    return (
        f"KL {numbers.significant(found.divergence, 2)}, right answers"
        f" {numbers.percent(accuracy.unsteered)} {ARROW} {numbers.percent(accuracy.steered)}"
    )


def _divergence(found: DamageView) -> str:
    if isinstance(found.divergence, Absent):
        return f"other words: {found.divergence.reason}"
    return (
        f"other words: {numbers.significant(found.divergence)} nats of KL divergence from the unsteered next"
        f" token, mean over {found.prompts} neutral prompts"
    )


def _accuracy(found: AccuracyView) -> str:
    return (
        f"right answers: {numbers.percent(found.unsteered)} {ARROW} {numbers.percent(found.steered)} of"
        f" {found.change.n} multiple-choice items (luck: 25 %), {numbers.points_interval(found.change)}"
    )


def _elsewhere(found: ElsewhereView) -> str:
    return (
        f"elsewhere: on {found.prompts} instructions the trait goes {numbers.points(found.unsteered)} {ARROW}"
        f" {numbers.points(found.trait)} ({numbers.points_interval(found.delta)}), coherence"
        f" {numbers.points(found.unsteered_coherence)} {ARROW} {numbers.points(found.coherence)}, and"
        f" {numbers.percent(found.changed)} of the answers change at all"
    )
