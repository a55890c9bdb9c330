"""What a winner costs, as the report shows it."""

from collections.abc import Mapping
from typing import Any

from traitscope.data import Trait
from traitscope.pipeline.damage import damage_found
from traitscope.pipeline.run import Run
from traitscope.pipeline.views.figures import number
from traitscope.report import Absent, Estimate
from traitscope.report.damage_view import AccuracyView, DamageView, ElsewhereView
from traitscope.report.values import Measured, Number

FEW = "fewer than 80 % of the answers were scored"
NOT_FINITE = "the push breaks the network: the divergence is not finite"


def damage_view(run: Run, trait: Trait) -> DamageView | Absent:
    """A winner's price, if it was measured and is still true."""
    found = damage_found(run, trait)
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


def divergence_of(run: Run, trait: Trait, arm: str) -> Number:
    """How far an arm moves the next token on neutral prompts, nats."""
    found = damage_found(run, trait)
    if not found["measured"]:
        return Absent(found["reason"])
    if arm == "unsteered":
        return 0.0
    if arm not in found["divergences"]:
        return Absent("not measured")
    return number(found["divergences"][arm], NOT_FINITE)


def _elsewhere(found: Mapping[str, Any]) -> ElsewhereView:
    delta: Measured = Absent(FEW)
    if found["delta"] is not None:
        delta = Estimate(found["delta"], found["delta_low"], found["delta_high"], found["prompts"], "prompts")
    return ElsewhereView(
        found["prompts"],
        number(found["unsteered"]["trait"], FEW),
        number(found["winner"]["trait"], FEW),
        delta,
        number(found["unsteered"]["coherence"], FEW),
        number(found["winner"]["coherence"], FEW),
        found["changed"],
    )
