"""What pushes cost before anything is judged: how far they move the next token on neutral prompts."""

from collections.abc import Sequence

from traitscope.config import SteerSettings
from traitscope.data import load_prompt_set
from traitscope.engine import Push, Row, Words, decode, divergences
from traitscope.experiment import SHIPPED, Journal, digest
from traitscope.models import Ids
from traitscope.pipeline.bench import Bench
from traitscope.pipeline.run import Run
from traitscope.steering import Cost, Site, Source

PROMPT_SET = SHIPPED / "prompts" / "neutral.json"
PROMPTS, FIRST_TOKENS = 6, 8
STRENGTHS = (0.1, 0.2, 0.4, 0.8)
"""Shares of the base norm; between them the cost follows straight lines in its logarithm."""


def push_costs(bench: Bench, source: Source, journal: Journal) -> dict[int, list[Cost]]:
    """Layer searched -> costs of pushes along its direction, weakest first; the journal's where it has them.

    The prompts are read with the first tokens of the model's own unsteered answers to them.
    """
    run, settings = bench.run, bench.settings
    prompts = neutral_prompts(run, settings)
    sign = settings.sign
    words: list[Words] = []
    found: dict[int, list[Cost]] = {}
    for layer in bench.layers:
        name = digest([layer, source, sign, STRENGTHS, FIRST_TOKENS, prompts])
        rows = journal.get(name)
        if rows is None:
            words = words or unsteered_words(run, settings, prompts)
            component = run.experiment.config.extract.component
            base_norm, vector = bench.norms[source][layer], bench.vector(Site(layer, source))
            pushes = [Push(layer, sign * one * base_norm * vector, component) for one in STRENGTHS]
            model = run.variants.model(settings.variant)
            moved = divergences(model, words, pushes, settings.positions).mean(1).tolist()
            costs = zip(STRENGTHS, moved, strict=True)
            rows = journal.add(
                name, [{"layer": layer, "strength": one, "divergence": nats} for one, nats in costs]
            )
        found[layer] = [Cost(row["strength"], row["divergence"]) for row in rows]
    return found


def neutral_prompts(run: Run, settings: SteerSettings, count: int = PROMPTS) -> list[Ids]:
    """Rendered prompts that have nothing to do with any trait."""
    renderer = run.variants.renderer(settings.variant)
    return [renderer.ids(one.text) for one in load_prompt_set(PROMPT_SET).prompts[:count]]


def unsteered_words(run: Run, settings: SteerSettings, prompts: Sequence[Ids]) -> list[Words]:
    """The prompts with the first tokens of the model's own unsteered answers to them."""
    model = run.variants.model(settings.variant)
    answers = decode(model, [Row(prompt) for prompt in prompts], FIRST_TOKENS)
    # An answer that ends at once has its end as the token to predict.
    end = min(model.end_ids)
    return [Words(prompt, one.ids or (end,)) for prompt, one in zip(prompts, answers, strict=True)]
