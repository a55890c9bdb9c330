"""What inference and comparison take: variants' answers, readings and their stores, judged answers."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from traitscope.comparison import middle_layer
from traitscope.config import Comparison, InferSettings, resolve_layers
from traitscope.config.batches import MIXED_VARIANTS, READ_ROWS
from traitscope.data import Prompt, Trait
from traitscope.judging.choosing import can_judge
from traitscope.planning.disk import (
    PROJECTED,
    Stored,
    answers_bytes,
    held_bytes,
    projected_bytes,
    reading_bytes,
    sums_bytes,
)
from traitscope.planning.inputs import Inputs
from traitscope.planning.judges import by_trait
from traitscope.planning.work import Reading, Work, decoded

STORES = 4
"""Readings that a comparison holds in memory at once."""
WHOLE, CUT = 2, 1
"""Answers judged to each question: both variants', and the longer one cut, unless they are equally long."""


def inference(inputs: Inputs) -> Iterator[Work]:
    """Every variant's answers to the prompts and to the report questions; every reading."""
    config = inputs.experiment.config
    settings = config.infer
    if settings is None:
        return
    asked = {name: found.prompts for name, found in inputs.prompt_sets.items()}
    if config.steer is not None:
        for name, trait in inputs.steered.items():
            questions = inputs.split(trait, config.steer).report
            asked[f"questions-{name}"] = tuple(Prompt(name, one, trait.system_prompt) for one in questions)
    companions = _companions(inputs, settings)
    for variant in settings.variants:
        for name, some in asked.items():
            lengths = [inputs.lengths[variant].of_prompt(one) for one in some]
            batches = decoded(lengths, inputs.batch_rows, settings.new_tokens, companions[variant])
            disk = answers_bytes(len(some), sum(lengths), settings.new_tokens)
            yield Work("infer", f"{variant} answers {name}", variant, batches, disk=disk)
    readings = [(name, name) for name in settings.variants]
    for pair in config.comparisons:
        readings += [(pair.before, pair.after), (pair.after, pair.before)]
    for reader, writer in dict.fromkeys(readings):
        for prompts in inputs.prompt_sets:
            yield _reading(inputs, prompts, reader, writer)


def comparison(inputs: Inputs, prompts: str, pair: Comparison) -> Work:
    """Both variants' answers judged for every trait that has a judge, and at most one to each question once
    more, cut to the length of the other; four stores held at once."""
    config = inputs.experiment.config
    assert config.infer is not None
    choice = config.compared_by
    judged = tuple(
        one
        for trait in inputs.traits.values()
        if can_judge(inputs.experiment.config, trait, choice)
        for one in by_trait(
            inputs, trait, choice, _questions(inputs, prompts, trait), WHOLE + CUT, config.infer.new_tokens
        )
    )
    answers, architecture = len(inputs.prompt_sets[prompts].prompts), inputs.architecture(pair.before)
    store = sums_bytes(architecture, answers, config.infer.new_tokens)
    table = PROJECTED * len(inputs.traits) * answers * config.infer.new_tokens
    subject = f"{pair.before} against {pair.after}{config.infer.on_set(prompts)}"
    spared = sum(one.answers for one in judged) * CUT // (WHOLE + CUT)
    return Work("compare", subject, judged=judged, spared=spared, disk=table, host=STORES * store)


def _companions(inputs: Inputs, settings: InferSettings) -> dict[str, int]:
    """Variant -> how many others of the same weights answer in its batches, if every adapter can."""
    by_weights = defaultdict[tuple[object, ...], list[str]](list)
    for name in settings.variants:
        by_weights[inputs.weights(name)].append(name)
    groups = [
        names[start : start + MIXED_VARIANTS]
        for names in by_weights.values()
        for start in range(0, len(names), MIXED_VARIANTS)
    ]
    return {name: len(group) - 1 for group in groups for name in group}


def _questions(inputs: Inputs, prompts: str, trait: Trait) -> list[str]:
    steer = inputs.experiment.config.steer
    texts = [one.text for one in inputs.prompt_sets[prompts].prompts]
    if steer is None or trait.name not in inputs.steered:
        return texts
    return [*texts, *inputs.split(trait, steer).report]


def _reading(inputs: Inputs, prompts: str, reader: str, writer: str) -> Work:
    settings = inputs.experiment.config.infer
    assert settings is not None
    asked = inputs.prompt_sets[prompts].prompts
    new, architecture = settings.new_tokens, inputs.architecture(reader)
    lengths = [inputs.lengths[reader].of_prompt(one) for one in asked]
    batches = []
    for start in range(0, len(lengths), READ_ROWS):
        part = lengths[start : start + READ_ROWS]
        tokens = sum(part) + len(part) * new
        longest, scored = max(part) + new, max(part) - min(part) + new + 1
        # Every token of a layer is looked at where it was made.
        batches.append(Reading(len(part), tokens, longest, longest, scored))
    words = "its own words" if reader == writer else f"{writer}'s words"
    stored = _stored(inputs, asked, reader)
    store = reading_bytes(architecture, stored, settings, reader == writer)
    table = projected_bytes(stored, len(inputs.traits), settings)
    host = held_bytes(architecture, stored, settings)
    subject = f"{reader} reads {words}{settings.on_set(prompts)}"
    return Work("infer", subject, reader, tuple(batches), disk=store + table, host=host)


def _stored(inputs: Inputs, asked: Sequence[Prompt], reader: str) -> Stored:
    """What a reading keeps: layers of the file, and those that traits are read at."""
    config = inputs.experiment.config
    settings = config.infer
    assert settings is not None
    depth = inputs.architecture(reader).layers
    layers = set(resolve_layers(settings.layers, depth, f"{inputs.experiment.file}, infer.layers"))
    unsteered = set(inputs.traits) - set(inputs.steered)
    layers |= {middle_layer(depth)} if unsteered else set()
    # Where a steered trait will be read, nobody knows yet.
    count = min(depth, len(layers) + len(inputs.steered))
    own = inputs.lengths[reader].own
    before = sum(own(one.text) for one in asked) if settings.sides != "response" else len(asked)
    after = 0 if settings.sides == "prompt" else settings.new_tokens * len(asked)
    return Stored(len(asked), settings.new_tokens, before + after, count, len(inputs.traits))
