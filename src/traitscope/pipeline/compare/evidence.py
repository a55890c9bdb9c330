"""What one comparison rests on: for every trait three lines of evidence, and how much changed at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from traitscope.comparison import (
    FEWEST_PROMPTS,
    FIRST_TOKEN,
    Effects,
    beyond_output,
    cell_effects,
    deciding_layers,
    likelier,
    mean_divergence,
    output_shift,
    projection_shift,
    relative_shift,
    scene_outputs,
    word_tokens,
)
from traitscope.config import InferSettings
from traitscope.data import Trait
from traitscope.errors import InputError
from traitscope.inference import Line, Summary, load_covariance
from traitscope.models import Renderer
from traitscope.pipeline.compare.behaviour_line import BehaviourLine, behaviour_line
from traitscope.pipeline.compare.inside_line import (
    Contrasts,
    InsideLine,
    Measure,
    contrasts,
    inside_line,
    measure,
    score_at_its_layer,
)
from traitscope.pipeline.compare.readings import Compared, Readings, answer_means, load_readings
from traitscope.pipeline.extract.bank import ReadBank, is_bank_wanted, load_read_bank
from traitscope.pipeline.extract.stage import extracted_traits, load_kept
from traitscope.pipeline.infer.lines import lines
from traitscope.pipeline.infer.stage import Reading, store
from traitscope.pipeline.run import Run
from traitscope.statistics import Interval

NEXT_TOKENS = 8
"""Next tokens that are named of those that became likelier, and of those that became less likely."""


@dataclass(frozen=True)
class OutputLine:
    """What the next tokens say, without any residual.

    Attributes:
        shifts: trait -> shift of its words' logits, None where its scenes share all content words.
        beyond: trait -> the inside score's z once what the outputs say is taken out, across null contrasts.
        likelier, less_likely: the next tokens whose probability changed most; none without logits.
    """

    shifts: Mapping[str, float | None]
    beyond: Mapping[str, float | None]
    likelier: tuple[str, ...] = ()
    less_likely: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """Everything a verdict is made of, for every trait of one comparison.

    Attributes:
        traits: names.
        inside: the stream's shift.
        at_its_layer: trait -> the deciding score at the layer where it is read alone.
        output: what the next tokens say.
        shift: own words each: the reference's measure.
        model_effect, text_effect, interaction: of the plain projection, over prompts.
        behaviour: what judges make of the answers.
        divergence: mean KL divergence of after from before on the before variant's words, nats.
        relative_shift: the stream's mean shift as a share of its length.
        answer_tokens: mean length of the answers before and after.
        lines: where each trait was projected.
        control: the kind of control that the after variant is, None if it is none.
    """

    traits: tuple[str, ...]
    inside: InsideLine
    at_its_layer: dict[str, float | None]
    output: OutputLine
    shift: dict[str, Interval]
    model_effect: dict[str, Interval]
    text_effect: dict[str, Interval]
    interaction: dict[str, Interval]
    behaviour: BehaviourLine
    divergence: float
    relative_shift: float
    answer_tokens: tuple[float, float]
    lines: dict[str, Line]
    control: str | None

    @property
    def prompts(self) -> int:
        """Prompts whose answers were long enough to be read inside."""
        return self.inside.prompts


@dataclass(frozen=True)
class Ground:
    """What all comparisons of an experiment share."""

    traits: dict[str, Trait]
    given: Contrasts
    bank: ReadBank | None
    lines: dict[str, Line]

    @property
    def layers(self) -> tuple[int, ...]:
        """Layers that are looked at: those that decide, and those at which traits are read."""
        return tuple(sorted({*self.given.deciding, *(line.layer for line in self.lines.values())}))


def ground(run: Run) -> Ground:
    """Directions, null contrasts and layers; read once for all comparisons."""
    traits = extracted_traits(run)
    kept = [load_kept(run, trait) for trait in traits.values()]
    deciding = deciding_layers(kept[0].positive.shape[1])
    bank = load_read_bank(run) if is_bank_wanted(run) else None
    given = contrasts(traits, kept, deciding, bank, run.seed)
    return Ground(traits, given, bank, {line.trait: line for line in lines(run)})


def measure_of(run: Run, one: Compared, on: Ground) -> Measure:
    """What scores are measured with: the same for all comparisons with a before variant on a prompt set."""
    before = one.pair.before
    covariance = load_covariance(store(run, Reading(one.prompts, before, before)))
    return measure(covariance, on.given, {name: line.layer for name, line in on.lines.items()}, run.seed)


def gather(run: Run, one: Compared, settings: InferSettings, on: Ground, by: Measure) -> Evidence:
    """All evidence of one comparison, from stored readings and answers; no model is loaded.

    Raises:
        InputError: the prompt set is too small, or too few answers are long enough to be read inside.
        WorkError: a shard is damaged.
    """
    pair = one.pair
    if len(one.prompts.texts) < FEWEST_PROMPTS:
        raise InputError(
            f"{run.experiment.file}, infer.prompts",
            f"'{one.prompts.name}' holds {len(one.prompts.texts)} prompts, and {FEWEST_PROMPTS} are the "
            "fewest that a comparison rests on",
            "write more of them (projections are there: nothing that was captured is lost)",
        )
    found = load_readings(run, one, on.layers)
    _refuse_short(run, one, settings, found)
    inside = inside_line(found, on.given, by, run.seed)
    output = _outputs(run, one, found, on, inside)
    response = cell_effects(found.cells(on.layers), "response")
    return Evidence(
        tuple(on.traits),
        inside,
        {name: score_at_its_layer(found, name, line.layer, by) for name, line in on.lines.items()},
        output,
        _own_words(found, on.lines, run.seed),
        _along(response, "model", found, on.lines, run.seed),
        _along(response, "text", found, on.lines, run.seed),
        _along(response, "interaction", found, on.lines, run.seed),
        behaviour_line(run, one, settings, found),
        _divergence(found),
        relative_shift(inside.delta, inside.lengths),
        (_mean_length(found.before_own), _mean_length(found.after_own)),
        on.lines,
        control_kind(run, pair.after),
    )


def control_kind(run: Run, variant: str) -> str | None:
    """The kind of control that a variant is: its own name where the file says no more than that it is one."""
    control = run.experiment.config.variants[variant].control
    return variant if control is True else control or None


def _refuse_short(run: Run, one: Compared, settings: InferSettings, found: Readings) -> None:
    long = int((found.cells(found.layers[:1]).shared > 1).sum())
    if long < 2:
        raise InputError(
            f"{run.experiment.file}, infer",
            f"'{one.pair.before}' and '{one.pair.after}' both answer {long} of {len(one.prompts.texts)} "
            f"prompts{settings.on_set(one.prompts.name)} with more than {FIRST_TOKEN} tokens, and only what "
            "comes after those is compared",
            "raise infer.new_tokens, or choose prompts that ask for longer answers",
        )


def _own_words(found: Readings, read: Mapping[str, Line], seed: int) -> dict[str, Interval]:
    """The reference's measure: each variant on its own words, prompts averaged first."""
    return {
        trait: projection_shift(
            answer_means(found.before_own, found.at(line.layer)) @ line.direction.double().numpy(),
            answer_means(found.after_own, found.at(line.layer)) @ line.direction.double().numpy(),
            seed,
        )
        for trait, line in read.items()
    }


def _along(
    shifts: Effects, name: str, found: Readings, read: Mapping[str, Line], seed: int
) -> dict[str, Interval]:
    """An effect on the plain projection at each trait's layer, over prompts."""
    values: NDArray[np.float32] = getattr(shifts, name)
    projected = {
        trait: values[:, found.at(line.layer)].astype(np.float64) @ line.direction.double().numpy()
        for trait, line in read.items()
    }
    return {trait: projection_shift(np.zeros(len(along)), along, seed) for trait, along in projected.items()}


def _outputs(run: Run, one: Compared, found: Readings, on: Ground, inside: InsideLine) -> OutputLine:
    before, after = found.before_own.mean_logits, found.after_reads_before.mean_logits
    nothing: dict[str, float | None] = dict.fromkeys(on.traits)
    if not before.shape[1] or not after.shape[1]:
        return OutputLine(nothing, nothing)
    known = before.isfinite().all(1) & after.isfinite().all(1)
    if not known.any():
        return OutputLine(nothing, nothing)
    renderer = run.variants.renderer(one.pair.before)
    first_token = first_tokens(renderer)
    p, q = before[known].numpy(), after[known].numpy()
    shifts = {
        name: output_shift(
            p,
            q,
            word_tokens(
                [scene.text for scene in trait.positive],
                [scene.text for scene in trait.negative],
                first_token,
            ),
        )
        for name, trait in on.traits.items()
    }
    up, down = (
        tuple(renderer.decode((token,)) for token in tokens) for tokens in likelier(p, q, NEXT_TOKENS)
    )
    if on.bank is None or on.given.foreign is None:
        return OutputLine(shifts, nothing, up, down)
    change = np.asarray(np.mean(q, 0, dtype=np.float64)) - np.mean(p, 0, dtype=np.float64)
    of_bank = scene_outputs(change, on.bank.texts, first_token)
    beyond = {}
    for number, (name, trait) in enumerate(on.traits.items()):
        beyond[name] = beyond_output(
            float(inside.scores[number]),
            scenes_shift(change, trait, first_token),
            inside.null_scores["foreign"][number],
            on.given.foreign.weights[number] @ of_bank,
        )
    return OutputLine(shifts, beyond, up, down)


def first_tokens(renderer: Renderer) -> Callable[[str], int]:
    """A function from a word to its first token's id, when a space comes before it."""

    def first_token(word: str) -> int:
        ids = renderer.tokenizer(f" {word}", add_special_tokens=False)["input_ids"]
        # Some tokenizers begin with a token that is nothing but the space.
        return next(int(token) for token in ids if renderer.decode((int(token),)).strip())

    return first_token


def scenes_shift(change: NDArray[np.floating], trait: Trait, first_token: Callable[[str], int]) -> float:
    """How much further a change of logits (vocabulary,) lifts the words of a trait's positive scenes than of
    its negative ones, scene by scene, as null contrasts are measured."""
    positive, negative = (
        scene_outputs(change, [scene.text for scene in pole], first_token).mean()
        for pole in (trait.positive, trait.negative)
    )
    return float(positive - negative)


def _mean_length(own: Summary) -> float:
    return float(own.responses.double().mean())


def _divergence(found: Readings) -> float:
    before, after = (
        [one.numpy() for one in summary.by_answer(summary.candidate_log_probability)]
        for summary in (found.before_own, found.after_reads_before)
    )
    return mean_divergence(before, after)


def control_scores(evidence: Sequence[Evidence]) -> NDArray[np.float64]:
    """(controls, traits) deciding scores."""
    return np.stack([one.inside.scores for one in evidence]) if evidence else np.zeros((0, 0))
