"""What a winner is held against: other directions at its layer, each as long as does the winner's damage.

Damage is what a push costs: how far it moves the next token on neutral prompts (`engine/divergence.py`).
Every push that is measured is kept by what it adds, so that a search for a length that was cut off goes on as
if it had not been.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import inf, isfinite
from typing import NamedTuple

from torch import Tensor

from traitscope.config import SteerSettings
from traitscope.data import Trait
from traitscope.engine import Push
from traitscope.experiment import Journal, digest
from traitscope.pipeline.extract.stage import extracted_traits, extraction, load_directions, load_fitted
from traitscope.pipeline.run import Run
from traitscope.pipeline.steer.bench import Aim, Bench
from traitscope.pipeline.steer.push_costs import Gauge
from traitscope.steering import OTHER, RANDOM, SHUFFLED, Cost, Match, Point, match, next_strength
from traitscope.vectors import DegenerateContrast, random_controls, shuffled_control

LENGTHS = "lengths.jsonl"


class Drawn(NamedTuple):
    """Directions to hold a winner against."""

    directions: dict[str, Tensor]
    """Arm -> unit direction, (width,) float32."""
    notes: tuple[str, ...]
    """Which are missing, and why; clauses."""


class Controls(NamedTuple):
    """The winner's damage, and what does as much."""

    damage: float | None
    """Mean KL divergence of the winner's push, nats; None where it is not finite."""
    aims: dict[str, Aim]
    """Arm -> what is pushed."""
    matches: dict[str, Match]
    """Arm -> what that costs."""
    notes: tuple[str, ...]


def other_traits(run: Run, trait: Trait, settings: SteerSettings) -> list[Trait]:
    """The traits whose directions a trait's winner is held against: the file's first others, if extracted."""
    able = extracted_traits(run)
    return [one for name, one in able.items() if name != trait.name][: settings.other_arms]


def controls_part(run: Run, trait: Trait, settings: SteerSettings) -> str:
    """Digest of the other traits' directions that a trait's proof rests on."""
    others = other_traits(run, trait, settings)
    return digest([[one.name, extraction(run, one).fingerprint] for one in others])


def controls(bench: Bench, winner: Point) -> Controls:
    """Random directions, other traits' and one of shuffled labels, each at the length that does the winner's
    damage; they are pushed the way the winner is, to induce or to suppress."""
    directions, notes = _drawn(bench, winner)
    ruler = _Ruler(bench, winner)
    own = bench.vector(winner.site)
    start = abs(winner.coefficient) / ruler.unit
    damage = ruler.costs({"winner": own}, {"winner": start})["winner"].divergence
    matches: dict[str, Match] = {}
    if isfinite(damage) and damage > 0:
        matches = _matches(ruler, directions, damage, start)
    missed = [
        f"{name} does {found.cost.divergence:.3g} nats of damage where the winner does {damage:.3g}"
        for name, found in matches.items()
        if not found.matched
    ]
    if not matches:
        missed = ["the winner's push has no damage that others could match, so that controls have its length"]
        # What these cost was not measured.
        matches = {name: Match(Cost(start, inf), matched=False) for name in directions}
    aims = {
        name: Aim(
            replace(winner, coefficient=ruler.sign * matches[name].cost.strength * ruler.unit),
            direction,
            digest(direction.tolist()),
        )
        for name, direction in directions.items()
    }
    return Controls(damage if isfinite(damage) else None, aims, matches, (*notes, *missed))


def _drawn(bench: Bench, winner: Point) -> Drawn:
    run, trait, settings, layer = bench.run, bench.trait, bench.settings, winner.layer
    method = next(one for one in settings.competing_methods if one == winner.method)
    contrast, treatment = load_fitted(run, trait, layer, method, winner.position)
    found: dict[str, Tensor] = {}
    notes = []
    try:
        drawn = random_controls(contrast, settings.random_arms, run.seed)
        found |= {f"{RANDOM}{number}": one for number, one in enumerate(drawn, start=1)}
    except DegenerateContrast as error:
        notes.append(f"no random directions: {error}")
    others = other_traits(run, trait, settings)
    found |= {f"{OTHER}{one.name}": load_directions(run, one, *winner.source).write[layer] for one in others}
    if len(others) < settings.other_arms:
        notes.append(
            f"other traits' directions: {len(others)} of the {settings.other_arms} asked for; "
            "the file has no more"
        )
    try:
        found[SHUFFLED] = shuffled_control(contrast, method, run.seed, treatment).write
    except DegenerateContrast as error:
        notes.append(f"no direction of shuffled labels: {error}")
    return Drawn(found, tuple(notes))


def _matches(
    ruler: "_Ruler", directions: Mapping[str, Tensor], damage: float, start: float
) -> dict[str, Match]:
    """Every direction's search for its length, a strength of each in turn."""
    tried: dict[str, list[Cost]] = {name: [] for name in directions}
    while wanted := {
        name: strength
        for name, costs in tried.items()
        if (strength := next_strength(costs, damage, start)) is not None
    }:
        for name, cost in ruler.costs(directions, wanted).items():
            tried[name].append(cost)
    return {name: match(costs, damage) for name, costs in tried.items()}


class _Ruler:
    """Measures pushes at the winner's layer; what was measured before is not measured again."""

    def __init__(self, bench: Bench, winner: Point) -> None:
        self.bench, self.layer = bench, winner.layer
        self.unit = bench.norms[winner.source][winner.layer]
        self.sign = bench.settings.sign
        self.journal = Journal(bench.answers.path.parent / LENGTHS)
        self.gauge = Gauge(bench)

    def costs(self, directions: Mapping[str, Tensor], strengths: Mapping[str, float]) -> dict[str, Cost]:
        """What each direction costs at its strength; a cost that is not finite is infinite."""
        component = self.bench.run.experiment.config.extract.component
        pushes = {
            arm: Push(self.layer, self.sign * strength * self.unit * directions[arm], component)
            for arm, strength in strengths.items()
        }
        notes = {arm: {"layer": self.layer, "strength": one} for arm, one in strengths.items()}
        found = self.gauge.kept(self.journal, pushes, notes)
        return {arm: Cost(strength, found[arm]) for arm, strength in strengths.items()}
