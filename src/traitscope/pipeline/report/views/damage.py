"""What a winner costs, as the report shows it."""

from collections.abc import Mapping
from typing import Any

from traitscope.judging.averages import FEW_SCORED
from traitscope.pipeline.report.views.figures import number
from traitscope.pipeline.steer.damage import NOT_FINITE
from traitscope.report import Absent, Estimate
from traitscope.report.damage_view import AccuracyView, DamageView, ElsewhereView
from traitscope.report.values import Measured, Number


def damage_view(found: Mapping[str, Any]) -> DamageView | Absent:
    """A winner's price, if it was measured and is still true.

    Args:
        found: as `damage_found` gives it.
    """
    if not found["measured"]:
        return Absent(found["reason"])
    accuracy = found["accuracy"]
    change, low, high = (100 * accuracy[key] for key in ("change", "change_low", "change_high"))
    return DamageView(
        number(found["divergences"]["winner"], NOT_FINITE),
        found["prompts"],
        AccuracyView(
            accuracy["unsteered"],
            accuracy["steered"],
            Estimate(change, low, high, accuracy["items"], "items"),
        ),
        _elsewhere(found["elsewhere"]),
    )


def divergence_of(found: Mapping[str, Any], arm: str) -> Number:
    """How far an arm moves the next token on neutral prompts, nats."""
    if not found["measured"]:
        return Absent(found["reason"])
    if arm == "unsteered":
        return 0.0
    if arm not in found["divergences"]:
        return Absent("not measured")
    return number(found["divergences"][arm], NOT_FINITE)


def _elsewhere(found: Mapping[str, Any]) -> ElsewhereView:
    delta: Measured = Absent(FEW_SCORED)
    if found["delta"] is not None:
        delta = Estimate(found["delta"], found["delta_low"], found["delta_high"], found["prompts"], "prompts")
    return ElsewhereView(
        found["prompts"],
        number(found["unsteered"]["trait"], FEW_SCORED),
        number(found["winner"]["trait"], FEW_SCORED),
        delta,
        number(found["unsteered"]["coherence"], FEW_SCORED),
        number(found["winner"]["coherence"], FEW_SCORED),
        found["changed"],
    )
