"""What pushes cost before anything is judged: how far they move the next token on neutral prompts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, isfinite
from typing import Any

from traitscope.data import load_prompt_set
from traitscope.engine import Push, Row, Words, decode, divergences
from traitscope.experiment import SHIPPED, Journal, digest
from traitscope.models import Ids
from traitscope.pipeline.steer.bench import Bench
from traitscope.steering import Cost, Site, Source

PROMPT_SET = SHIPPED / "prompts" / "neutral.json"
PROMPTS, FIRST_TOKENS = 6, 8
STRENGTHS = (0.1, 0.2, 0.4, 0.8)
"""Shares of the base norm; between them the cost follows straight lines in its logarithm."""


@dataclass(frozen=True)
class Gauge:
    """Measures what pushes at a bench's model cost, on the first `count` neutral prompts.

    The prompts are read with the first tokens of the model's own unsteered answers to them.
    """

    bench: Bench
    count: int = PROMPTS

    @cached_property
    def prompts(self) -> list[Ids]:
        """Rendered prompts that have nothing to do with any trait."""
        renderer = self.bench.run.variants.renderer(self.bench.settings.variant)
        return [renderer.ids(one.text) for one in load_prompt_set(PROMPT_SET).prompts[: self.count]]

    @cached_property
    def words(self) -> list[Words]:
        """The prompts with the words that are read after them."""
        model = self.bench.run.variants.model(self.bench.settings.variant)
        answers = decode(model, [Row(prompt) for prompt in self.prompts], FIRST_TOKENS)
        # An answer that ends at once has its end as the token to predict.
        end = min(model.end_ids)
        return [Words(prompt, one.ids or (end,)) for prompt, one in zip(self.prompts, answers, strict=True)]

    def measure(self, pushes: Sequence[Push]) -> list[float]:
        """Mean KL divergence of each push over prompts and words, nats."""
        settings = self.bench.settings
        model = self.bench.run.variants.model(settings.variant)
        found: list[float] = divergences(model, self.words, pushes, settings.positions).mean(1).tolist()
        return found

    def kept(
        self, journal: Journal, pushes: Mapping[str, Push], notes: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, float]:
        """Arm -> what its push costs, infinite where that is not finite: the journal's where the push was
        measured before.

        Args:
            journal: keeps each cost by what is pushed.
            notes: arm -> what is stored beside its cost.
        """
        positions = self.bench.settings.positions
        names = {
            arm: digest([push.layer, push.vector.tolist(), positions, self.prompts, FIRST_TOKENS])
            for arm, push in pushes.items()
        }
        missing = [arm for arm, name in names.items() if journal.get(name) is None]
        if missing:
            self.bench.run.conduct.check()
            for arm, nats in zip(missing, self.measure([pushes[arm] for arm in missing]), strict=True):
                cost = {"divergence": nats if isfinite(nats) else None}
                journal.add(names[arm], [{"arm": arm, **notes.get(arm, {}), **cost}])
        found = {arm: (journal.get(name) or [{}])[0]["divergence"] for arm, name in names.items()}
        return {arm: inf if nats is None else nats for arm, nats in found.items()}


def push_costs(bench: Bench, source: Source, journal: Journal) -> dict[int, list[Cost]]:
    """Layer searched -> costs of pushes along its direction, weakest first; the journal's if it has them."""
    gauge, sign = Gauge(bench), bench.settings.sign
    component = bench.run.experiment.config.extract.component
    names = {
        layer: digest([layer, source, sign, STRENGTHS, FIRST_TOKENS, gauge.prompts]) for layer in bench.layers
    }
    if any(journal.get(name) is None for name in names.values()):
        bench.run.progress.say(f"{bench.trait.name}: measuring what a push costs at each layer")
    found: dict[int, list[Cost]] = {}
    for layer, name in names.items():
        rows = journal.get(name)
        if rows is None:
            base_norm, vector = bench.norms[source][layer], bench.vector(Site(layer, source))
            pushes = [Push(layer, sign * one * base_norm * vector, component) for one in STRENGTHS]
            costs = zip(STRENGTHS, gauge.measure(pushes), strict=True)
            rows = journal.add(
                name, [{"layer": layer, "strength": one, "divergence": nats} for one, nats in costs]
            )
        found[layer] = [Cost(row["strength"], row["divergence"]) for row in rows]
    return found
