"""What extraction and vetting take: scenes completed, read again, judged."""

from collections.abc import Iterator, Sequence

from traitscope.config import parse_position
from traitscope.config.batches import READ_ROWS
from traitscope.data import Scene, Trait, load_bank
from traitscope.judging.choosing import can_judge
from traitscope.models.architecture import Architecture
from traitscope.planning.disk import LINE, answers_bytes, bank_bytes, direction_bytes
from traitscope.planning.inputs import Inputs
from traitscope.planning.judges import by_trait
from traitscope.planning.work import Reading, Work, decoded


def extraction(inputs: Inputs, trait: Trait) -> Iterator[Work]:
    """Scenes completed by the extracting variant, as often as each is sampled, and read for the tokens of the
    position; what is stored is a scene's mean."""
    settings = inputs.experiment.config.extract
    scenes = _prompts(inputs, trait)
    prompts = scenes * settings.samples
    batches = decoded(sorted(prompts), inputs.batch_rows, settings.new_tokens)
    disk = answers_bytes(len(prompts), sum(prompts), settings.new_tokens)
    yield Work("extract", f"{trait.name}: completions", settings.variant, batches, disk=disk)
    architecture = inputs.architecture(settings.variant)
    readings = tuple(
        batch
        for position in settings.fitted_positions
        for batch in _readings(inputs, prompts, position, settings.new_tokens)
    )
    host = _held(architecture, readings)
    positions = len(settings.fitted_positions)
    disk = positions * direction_bytes(architecture, len(scenes), len(settings.methods))
    yield Work("extract", trait.name, settings.variant, readings, disk=disk, host=host)


def neutral_scenes(inputs: Inputs) -> Iterator[Work]:
    """The bank's scenes, completed as far as the first position reaches, and read there: once for all traits,
    where inside scores are held against foreign contrasts."""
    config = inputs.experiment.config
    if not config.comparisons or config.compare.against != "foreign":
        return
    settings, scenes = config.extract, load_bank().scenes
    position = settings.fitted_positions[0]
    needed = parse_position(position, f"{inputs.experiment.file}, extract.position").reach(
        settings.new_tokens
    )
    prompts = sorted(inputs.lengths[settings.variant].of(scene.text) for scene in scenes)
    architecture = inputs.architecture(settings.variant)
    readings = tuple(_readings(inputs, prompts, position, needed))
    stored = bank_bytes(architecture, len(scenes))
    yield Work(
        "extract",
        "neutral scenes",
        settings.variant,
        (*decoded(prompts, inputs.batch_rows, needed), *readings),
        disk=answers_bytes(len(scenes), sum(prompts), needed) + stored,
        # Gathered scene by scene, and stacked.
        host=_held(architecture, readings) + 2 * stored,
    )


def vetting(inputs: Inputs, trait: Trait) -> Iterator[Work]:
    """Completions judged, of several samples of a scene the first; the judge sees no scene."""
    settings = inputs.experiment.config.vet
    if settings is None or not can_judge(inputs.experiment.config, trait, settings.judge):
        return
    scenes = [""] * len(_scenes(inputs, trait))
    judged = by_trait(inputs, trait, settings.judge, scenes, 1, inputs.experiment.config.extract.new_tokens)
    yield Work("vet", trait.name, judged=judged, disk=2 * LINE * len(scenes))


def _scenes(inputs: Inputs, trait: Trait) -> tuple[Scene, ...]:
    pairs = inputs.experiment.config.extract.pairs
    return (*trait.positive[:pairs], *trait.negative[:pairs])


def _prompts(inputs: Inputs, trait: Trait) -> list[int]:
    lengths = inputs.lengths[inputs.experiment.config.extract.variant]
    return [lengths.of(scene.text, scene.system_prompt) for scene in _scenes(inputs, trait)]


def _readings(inputs: Inputs, prompts: list[int], text: str, new_tokens: int) -> Iterator[Reading]:
    """Up to the last token of a position, those of like lengths together."""
    position = parse_position(text, f"{inputs.experiment.file}, extract.position")
    tokens = sorted(
        (found[-1] + 1, len(found))
        for found in (position.tokens(prompt, new_tokens) for prompt in prompts)
        if found
    )
    for start in range(0, len(tokens), READ_ROWS):
        ends, kept = zip(*tokens[start : start + READ_ROWS], strict=True)
        yield Reading(len(ends), sum(ends), max(ends), max(kept), 1)


def _held(architecture: Architecture, readings: Sequence[Reading]) -> int:
    """Bytes of this machine's memory for the residuals of the largest batch, gathered and stacked."""
    return max(
        (8 * batch.rows * batch.kept * architecture.layers * architecture.width for batch in readings),
        default=0,
    )
