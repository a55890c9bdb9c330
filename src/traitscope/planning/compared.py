"""What inference and comparison take: variants' answers, readings and their stores, judged answers."""

from collections.abc import Iterator

from traitscope.config import Comparison
from traitscope.config.batches import READ_ROWS
from traitscope.data import Prompt, Trait
from traitscope.judging.choosing import can_judge
from traitscope.planning.disk import PROJECTED, answers_bytes, reading_bytes
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
    for variant in settings.variants:
        for name, some in asked.items():
            lengths = [inputs.lengths[variant].of_prompt(one) for one in some]
            batches = decoded(lengths, inputs.batch_rows, settings.new_tokens)
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
    sums = config.infer.model_copy(update={"store": "mean"})
    store = reading_bytes(architecture, answers, config.infer.new_tokens, sums, own=False)
    table = PROJECTED * len(inputs.traits) * answers * config.infer.new_tokens
    subject = f"{pair.before} against {pair.after}{config.infer.on_set(prompts)}"
    spared = sum(one.answers for one in judged) * CUT // (WHOLE + CUT)
    return Work("compare", subject, judged=judged, spared=spared, disk=table, host=STORES * store)


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
        batches.append(Reading(len(part), tokens, max(part) + new, 1 + new, max(part) - min(part) + new + 1))
    words = "its own words" if reader == writer else f"{writer}'s words"
    store = reading_bytes(architecture, len(asked), new, settings, reader == writer)
    table = PROJECTED * len(inputs.traits) * len(asked) * new
    # Gathered as float32 layer by layer, stacked, and copied once more when stored.
    host = 10 * READ_ROWS * (1 + new) * architecture.layers * architecture.width
    subject = f"{reader} reads {words}{settings.on_set(prompts)}"
    return Work("infer", subject, reader, tuple(batches), disk=store + table, host=max(host, store))
