"""A whole experiment, counted: stages and their work, variants and their memory, judges and their bills."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from traitscope.config import LocalJudgeSettings
from traitscope.config.choices import Quantization
from traitscope.experiment import Experiment
from traitscope.models.sizes import Sized, find_size
from traitscope.planning.compared import comparison, inference
from traitscope.planning.damage import damage
from traitscope.planning.fit import COMMON_GPU, Spread, fits, mends, spread
from traitscope.planning.inputs import ASSUMED_PROMPT, ASSUMED_PROMPTS, Inputs
from traitscope.planning.machine import free_memory, gpus
from traitscope.planning.memory import Footprint, largest, weight_bytes
from traitscope.planning.pace import Pace, assumed, remembered
from traitscope.planning.price import Bill, bill
from traitscope.planning.scenes import extraction, neutral_scenes, vetting
from traitscope.planning.steered import checks, steering
from traitscope.planning.work import Batch, Decoding, Work

PromptLengths = Literal["tokenized", "estimated"]


@dataclass(frozen=True)
class VariantPlan:
    """What one variant's model takes of its device.

    Attributes:
        needed: bytes, at the worst moment.
        memory: free bytes of the device; None where nobody tells.
        fits: None where nothing is known of the memory.
        mends: what would fit, where this does not.
        over: GPUs that a spread model needs; None where it stays on one device, or no number does.
    """

    name: str
    model: str
    parameters: int
    dtype: str
    quantization: Quantization
    device: str
    known_from: str
    prompts: PromptLengths
    needed: Footprint
    memory: int | None
    fits: bool | None
    mends: tuple[str, ...]
    spread: bool
    over: Spread | None
    pace: Pace
    rows: int

    @property
    def number_format(self) -> str:
        """Of the weights: `bfloat16`, or `bfloat16, nf4` where they are quantized."""
        return number_format(self.dtype, self.quantization)


@dataclass(frozen=True)
class PlannedWork:
    """A piece of work with what follows from the machine."""

    work: Work
    memory: Footprint | None
    seconds: float
    decoding_seconds: float = 0.0
    """Of these, for answers; the rest is spent on reading."""


@dataclass(frozen=True)
class Plan:
    """An experiment before it runs; every count is the most that a run may take."""

    experiment: str
    batch_rows: int
    work: tuple[PlannedWork, ...]
    variants: tuple[VariantPlan, ...]
    bills: tuple[Bill, ...]
    host_needed: int
    """Bytes of this machine's memory that stages beside the model hold at once."""
    host_memory: int | None
    notes: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def judged(self) -> int:
        """As `counts.judged` of summary.json would be, at most."""
        return sum(one.work.answers for one in self.work if one.work.counted)

    @property
    def generated(self) -> int:
        """As `counts.generated_tokens` of summary.json would be, at most."""
        return sum(one.work.generated for one in self.work)

    @property
    def seconds(self) -> float:
        """Of all models' passes."""
        return sum(one.seconds for one in self.work)

    @property
    def disk(self) -> int:
        """Bytes written."""
        return sum(one.work.disk for one in self.work)


def plan(experiment: Experiment, memory: int | None = None) -> Plan:
    """Count an experiment; nothing is loaded, fetched or written.

    Args:
        memory: bytes of one GPU to plan for, in place of this machine's devices.

    Raises:
        InputError: a trait, prompt set or layer range cannot be used, or a model's size is not known.
    """
    device = "cuda" if memory is not None or gpus() else "cpu"
    inputs = Inputs(experiment, device)
    work = tuple(_work(inputs))
    variants = tuple(_variant(inputs, name, work, memory) for name in _used(work))
    paces = {one.name: one.pace for one in variants}
    judged = [part for one in work for part in one.judged]
    bills = tuple(
        bill(experiment.config, name, judged) for name in dict.fromkeys(one.judge for one in judged)
    )
    host = max((one.host for one in work), default=0)
    found = Plan(
        experiment.config.name,
        inputs.batch_rows,
        tuple(_planned(inputs, one, paces) for one in work),
        variants,
        bills,
        host,
        free_memory() if memory is None else None,
        tuple(_notes(inputs)),
        (),
    )
    return replace(found, warnings=tuple(_warnings(found)))


def number_format(dtype: str, quantization: Quantization) -> str:
    """Dtype and, where there is one, quantization of a model's weights."""
    return dtype if quantization == "none" else f"{dtype}, {quantization}"


def _work(inputs: Inputs) -> Iterator[Work]:
    """All work in the order of the stages."""
    config, traits = inputs.experiment.config, inputs.traits.values()
    for trait in traits:
        yield from vetting(inputs, trait)
    for trait in traits:
        yield from extraction(inputs, trait)
    yield from neutral_scenes(inputs)
    for trait in traits:
        yield from checks(inputs, trait)
    for trait in inputs.steered.values():
        yield steering(inputs, trait)
        yield from damage(inputs, trait)
    yield from inference(inputs)
    for prompts in inputs.prompt_sets:
        for pair in config.comparisons:
            yield comparison(inputs, prompts, pair)


def _used(work: tuple[Work, ...]) -> list[str]:
    return [name for name in dict.fromkeys(one.variant for one in work) if name is not None]


def _planned(inputs: Inputs, work: Work, paces: dict[str, Pace]) -> PlannedWork:
    if work.variant is None:
        return PlannedWork(work, None, 0.0)
    architecture, dtype = inputs.architecture(work.variant), inputs.dtype(work.variant)
    reading, decoding = (
        sum(
            paces[work.variant].seconds(architecture, batch)
            for batch in work.batches
            if isinstance(batch, Decoding) == decoded
        )
        for decoded in (False, True)
    )
    quantization = inputs.quantization(work.variant)
    footprint = largest(architecture, dtype, work.batches, quantization)
    return PlannedWork(work, footprint, reading + decoding, decoding)


def _variant(inputs: Inputs, name: str, work: tuple[Work, ...], memory: int | None) -> VariantPlan:
    settings, sized = inputs.experiment.config.variants[name], inputs.sizes[name]
    architecture, dtype, device = sized.architecture, inputs.dtype(name), inputs.device_of(name)
    quantization = inputs.quantization(name)
    batches: list[Batch] = [batch for one in work if one.variant == name for batch in one.batches]
    needed = largest(architecture, dtype, batches, quantization)
    free = _free(device, memory)
    gpu = free if device == "cuda" and free else COMMON_GPU
    over = spread(architecture, dtype, needed, gpu, quantization) if settings.device_map else None
    fitting = None if free is None else fits(needed, free)
    if settings.device_map and device == "cuda":
        # Planned for elsewhere, as many as are needed will be there.
        fitting = over is not None and (memory is not None or over.gpus <= len(gpus()))
    held = number_format(dtype, quantization)
    found = remembered(settings.model, architecture, held, device, inputs.batch_rows)
    return VariantPlan(
        name,
        settings.model,
        architecture.parameters,
        dtype,
        quantization,
        device,
        sized.known_from,
        "estimated" if inputs.lengths[name].renderer is None else "tokenized",
        needed,
        free,
        fitting,
        ()
        if fitting is not False or free is None
        else tuple(mends(architecture, dtype, batches, free, device, quantization)),
        settings.device_map is not None,
        over,
        found or assumed(architecture, dtype, device),
        inputs.batch_rows,
    )


def _free(device: str, memory: int | None) -> int | None:
    """Free bytes of a device: as was said, else as this machine says."""
    if device == "cpu":
        return free_memory()
    if memory is not None:
        return memory
    found = gpus()
    return found[0].free if found else None


def _notes(inputs: Inputs) -> Iterator[str]:
    """What was not there to be counted."""
    experiment = inputs.experiment
    for path in inputs.assumed_prompt_sets:
        prompt = f"{ASSUMED_PROMPTS} prompts of {len(ASSUMED_PROMPT)} characters"
        yield f"prompts/{path}.json is not here yet and a run needs it; {prompt} are assumed"
    for name, settings in experiment.config.variants.items():
        if settings.lora is None:
            continue
        folder = experiment.adapter(settings.lora)
        if folder is None or not folder.is_dir():
            yield f"variant '{name}': its adapter '{settings.lora}' is not here yet; a run needs it"
    for name, judge in experiment.config.judges.items():
        if isinstance(judge, LocalJudgeSettings):
            size = _judge_size(inputs, judge)
            if size is None:
                yield f"judge '{name}': its model '{judge.model}' has no known size, and is not counted"
            else:
                dtype = "bfloat16" if judge.dtype == "auto" and inputs.device == "cuda" else judge.dtype
                dtype = "float32" if dtype == "auto" else dtype
                held = weight_bytes(size.architecture, dtype) / 1e9
                yield f"judge '{name}' holds {held:.1f} GB beside the variants; its time is not counted"


def _judge_size(inputs: Inputs, judge: LocalJudgeSettings) -> Sized | None:
    from traitscope.errors import InputError

    try:
        return find_size(judge.model, inputs.experiment.beside, judge.revision)
    except InputError:
        return None


def _warnings(found: Plan) -> Iterator[str]:
    """What would stop the run."""
    for one in found.variants:
        if one.fits is not False:
            continue
        if one.spread and one.over is not None and one.device == "cuda":
            gpus_needed = f"{one.over.gpus} GPUs of {_gb(one.over.memory)}"
            yield f"variant '{one.name}': {_gb(one.needed.total)} need {gpus_needed}, and they are not here"
            continue
        what = f"needs {_gb(one.needed.total)}, and {_gb(one.memory or 0)} are free on its device"
        mend = (
            f"; what fits: {', or '.join(one.mends)}" if one.mends else "; nothing this plan can propose fits"
        )
        yield f"variant '{one.name}': {what}{mend}"
    if found.host_memory is not None and found.host_needed > found.host_memory:
        yield (
            f"comparing holds {_gb(found.host_needed)} of stored residuals in this machine's memory, and "
            f"{_gb(found.host_memory)} are free; what fits: fewer prompts, or a lower infer.new_tokens"
        )
    for one_bill in found.bills:
        if one_bill.over is not None:
            yield f"judge '{one_bill.judge}': {one_bill.over}; what is judged by then is kept"


def _gb(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"
