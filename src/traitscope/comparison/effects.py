"""One row of the comparison's table per trait, as `summary.json` has it."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

from traitscope.comparison.verdict import VerdictName


@dataclass(frozen=True)
class Effect:
    """What one comparison found for one trait; a None has its reason under `reasons`.

    Raises:
        ValueError: a None without a reason, a reason without a None, or a number that is not finite.
    """

    trait: str
    layer: int | None
    """Layer of the plain projection: the steered best one, else the middle of the deciding range."""
    shift: float | None
    """Mean change of the raw projection there (the reference's measure), in units of the residual."""
    low: float | None
    """Lower end of its 95 % interval over prompts."""
    high: float | None
    """Upper end."""
    score: float | None
    """Inside score at the response tokens that decide, -1..1."""
    score_last_prompt: float | None
    """The same at the last prompt token, which cannot tell "starts like the trait" from "has the trait"."""
    tail_share: float | None
    """Share of null directions with a score as far from 0, not corrected for the number of traits."""
    controls_above: int | None
    """Control adapters with a score as far from 0."""
    output: float | None
    """Shift of the trait's words' next-token logits."""
    behaviour: float | None
    """Mean change of the judge's score, 0-100."""
    behaviour_low: float | None
    """Lower end of its 95 % interval over questions."""
    behaviour_high: float | None
    """Upper end."""
    verdict: VerdictName
    verdict_reason: str
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Why a field is None, by its name."""

    def __post_init__(self) -> None:
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "reasons"}
        empty = {name for name, value in values.items() if value is None}
        if empty != self.reasons.keys():
            raise ValueError(
                f"{self.trait}: reasons for {sorted(self.reasons)}, but {sorted(empty)} are missing"
            )
        for name, value in values.items():
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f"{self.trait}: {name} is {value}")


def rank(effects: Iterable[Effect]) -> list[Effect]:
    """Largest |score| first; traits without a score last; ties by name."""
    return sorted(effects, key=lambda one: (one.score is None, -abs(one.score or 0.0), one.trait))


def effect_row(effect: Effect) -> dict[str, str | int | float | None]:
    """The row for `summary.json`: the fields in order, each null followed by its `..._reason`."""
    row: dict[str, str | int | float | None] = {}
    for one in fields(effect):
        if one.name == "reasons":
            continue
        row[one.name] = getattr(effect, one.name)
        if row[one.name] is None:
            row[f"{one.name}_reason"] = effect.reasons[one.name]
    return row
