"""What it takes to measure what a winner costs."""

from collections.abc import Iterator

from traitscope.config import SteerSettings
from traitscope.data import Trait, load_items, load_prompt_set
from traitscope.data.multiple_choice import LETTERS
from traitscope.experiment import SHIPPED
from traitscope.planning.disk import LINE, SCORE, answers_bytes
from traitscope.planning.inputs import Inputs
from traitscope.planning.judges import by_coherence, by_trait
from traitscope.planning.steered import answered, is_proved_twice
from traitscope.planning.work import Batch, Likelihood, Reading, Work
from traitscope.steering.counting import count_arms

NEUTRAL_PROMPTS, FIRST_TOKENS = 20, 8
"""Read once unsteered and once for each arm that pushes or asks, with so many tokens of the answer."""
OPTION_TOKENS = 4
"""Of an option, assumed."""


def damage(inputs: Inputs, trait: Trait) -> Iterator[Work]:
    """Instructions answered unsteered and steered; neutral prompts and multiple-choice items read."""
    settings = inputs.experiment.config.steer
    assert settings is not None
    if not settings.damage:
        return
    asked = [one.text for one in load_prompt_set(SHIPPED / "prompts" / "instructions.json").prompts]
    winners = 1 + is_proved_twice(inputs, trait)
    # Unsteered ones are what the coherence of the others is relative to.
    batches = tuple(b for _ in range(1 + winners) for b in answered(inputs, trait, settings, asked, 1))
    times = (1 + winners) * settings.samples
    rows = times * len(asked)
    prompts = sum(batch.read for batch in batches if not isinstance(batch, Likelihood))
    yield Work(
        "steer",
        f"{trait.name}: elsewhere",
        settings.variant,
        batches,
        (
            *by_trait(inputs, trait, settings.judge, asked, times, settings.new_tokens),
            *by_coherence(inputs, settings.coherence, asked, times, settings.new_tokens),
        ),
        # Where the refinement finds no other winner, the first one's answers are all.
        spared=2 * settings.samples * len(asked) * (winners - 1),
        disk=answers_bytes(rows, prompts, settings.new_tokens) + rows * SCORE,
    )
    read = tuple(
        batch
        for winner in range(winners)
        for batch in (*_neutral(inputs, settings), *_items(inputs, trait, settings, winner == 0))
    )
    yield Work("steer", f"{trait.name}: damage", settings.variant, read, disk=LINE * len(read))


def _neutral(inputs: Inputs, settings: SteerSettings) -> Iterator[Batch]:
    """Every arm but the unsteered one; each is read in one batch."""
    lengths = inputs.lengths[settings.variant]
    prompts = load_prompt_set(SHIPPED / "prompts" / "neutral.json").prompts[:NEUTRAL_PROMPTS]
    tokens = [lengths.of(one.text) + FIRST_TOKENS for one in prompts]
    for _ in range(count_arms(settings, len(inputs.traits)).most):
        yield Reading(len(tokens), sum(tokens), max(tokens), 0, FIRST_TOKENS)


def _items(inputs: Inputs, trait: Trait, settings: SteerSettings, is_first: bool) -> Iterator[Batch]:
    """Steered, and, for the first winner of the first trait that is, unsteered: what these choose is kept for
    all."""
    lengths = inputs.lengths[settings.variant]
    items = sorted(lengths.of(one.question) for one in load_items(SHIPPED / "multiple_choice.jsonl"))
    size = max(1, inputs.batch_rows // len(LETTERS))
    for _ in range(2 if is_first and trait.name == next(iter(inputs.steered)) else 1):
        for start in range(0, len(items), size):
            some = items[start : start + size]
            yield Likelihood(len(LETTERS) * len(some), len(some), sum(some), max(some), OPTION_TOKENS)
