"""What one comparison rests on: four readings of the same prompts, and what they give for every trait.

Before and after each read their own answers and the other's. Same words, other reader is the model's effect;
same reader, other writer is the text's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from traitscope.comparison import (
    FIRST_TOKEN,
    Behaviour,
    Inside,
    LayerShift,
    behaviour,
    deciding_layers,
    dose,
    inside,
    mean_shift,
    output_shift,
    pooled_scores,
    projection_shift,
    spread,
    unjudged,
    word_tokens,
)
from traitscope.config import Comparison, InferSettings
from traitscope.data import Trait
from traitscope.errors import InputError
from traitscope.inference import Line, StoredReading, response_tokens, sinks
from traitscope.judging import coherence, mean_score
from traitscope.judging.classifier import LEAST_AUC
from traitscope.pipeline.extract.stage import extracted_traits, load_directions
from traitscope.pipeline.infer.project import lines
from traitscope.pipeline.infer.stage import (
    Asked,
    Reading,
    judge_choice,
    judged_traits,
    load_answers,
    load_reading,
    questions_asked,
)
from traitscope.pipeline.judge.judges import TraitJudge
from traitscope.pipeline.judge.trait_judge import trait_judge
from traitscope.pipeline.run import QUESTIONS, Run
from traitscope.statistics import Interval

COHERENT = 70.0
"""Mean coherence of a variant's own answers below which nothing is said of its behaviour."""
FEWEST_ANSWERS = 2
"""Long answers below which a shift has no interval; verdicts need more (`comparison.FEWEST_PROMPTS`)."""
Stored = Mapping[int, StoredReading]


class Compared(NamedTuple):
    """A pair under `compare`, on one prompt set."""

    pair: Comparison
    prompts: Asked


@dataclass(frozen=True)
class Readings:
    """The four readings of a comparison, at the prompts that all four hold."""

    before_own: Stored
    after_own: Stored
    after_reads_before: Stored
    before_reads_after: Stored

    @cached_property
    def long(self) -> list[int]:
        """Prompts whose before answer has a token that decides."""
        return [place for place, one in self.before_own.items() if len(one.log_probability) > FIRST_TOKEN]


@dataclass(frozen=True)
class Evidence:
    """Everything a verdict is made of, for every trait of one comparison.

    Attributes:
        prompts: prompts whose answers were long enough to read inside.
        inside: scores, tail shares and null of the deciding tokens, in the order of `traits`.
        last_prompt: (traits,) scores at the last prompt token.
        shift: own words each: the reference's measure.
        model_effect: the before variant's words, read by after and by before.
        text_effect: before's reading of after's words and of its own.
        output: shift of the trait's words' logits, None where its scenes share all content words.
        behaviour: what the judge found, None without one.
        dose: size of the change.
        incoherent: why the answers cannot be judged, None if they can.
        lines: where each trait was projected.
        control: the after variant plants nothing.
    """

    traits: tuple[str, ...]
    prompts: int
    inside: Inside
    last_prompt: NDArray[np.float64]
    shift: dict[str, Interval]
    model_effect: dict[str, Interval]
    text_effect: dict[str, Interval]
    output: dict[str, float | None]
    behaviour: dict[str, Behaviour | None]
    dose: float
    incoherent: str | None
    lines: dict[str, Line]
    control: bool


def load_readings(run: Run, one: Compared) -> Readings:
    """The four readings of a comparison; prompts that any variant answered with nothing are left out."""
    pair, prompts = one
    four = [
        load_reading(run, Reading(prompts, reader, writer))
        for reader, writer in (
            (pair.before, pair.before),
            (pair.after, pair.after),
            (pair.after, pair.before),
            (pair.before, pair.after),
        )
    ]
    shared = sorted(set.intersection(*(set(stored) for stored in four)))
    return Readings(*({place: stored[place] for place in shared} for stored in four))


def gather(run: Run, one: Compared, settings: InferSettings, found: Readings) -> Evidence:
    """All evidence of one comparison, from stored readings and answers; no model is loaded.

    Raises:
        InputError: fewer than two answers are long enough to be read inside.
    """
    pair = one.pair
    if len(found.long) < FEWEST_ANSWERS:
        raise InputError(
            f"{run.experiment.file}, infer",
            f"'{pair.before}' answers {len(found.long)} of {len(one.prompts.texts)} prompts"
            f"{settings.on_set(one.prompts.name)} with more than {FIRST_TOKEN} tokens, and only what comes "
            "after those is compared",
            "raise infer.new_tokens, or choose prompts that ask for longer answers",
        )
    traits = extracted_traits(run)
    read = {line.trait: line for line in lines(run)}
    directions = torch.stack(
        [load_directions(run, trait, "mean_diff").read for trait in traits.values()], dim=1
    )  # (layers, traits, width)
    deciding = deciding_layers(len(directions))
    shifts = np.stack([_delta(found, layer) for layer in deciding])
    norms = [float(response_tokens(found.before_own, layer).norm(dim=-1).mean()) for layer in deciding]
    return Evidence(
        tuple(traits),
        len(found.long),
        inside(_inside_layers(found, directions, deciding), run.seed),
        pooled_scores(_last_prompt_layers(found, directions, deciding)),
        _projected(found.before_own, found.after_own, read, run.seed),
        _projected(found.before_own, found.after_reads_before, read, run.seed),
        _projected(found.before_own, found.before_reads_after, read, run.seed),
        _outputs(run, pair, found),
        _behaviours(run, one, settings),
        dose(shifts, np.array(norms)),
        _incoherent(run, one, settings, found),
        read,
        run.experiment.config.variants[pair.after].control,
    )


def _kept(one: StoredReading, other: StoredReading, layer: int) -> tuple[NDArray[np.float32], ...]:
    """Residuals of the deciding tokens of one answer in two readings, sinks of either left out."""
    residuals = [reading.response(layer) for reading in (one, other)]
    keep = ~(sinks(residuals[0]) | sinks(residuals[1]))
    keep[:FIRST_TOKEN] = False
    return tuple(residual[keep].numpy() for residual in residuals)


def _delta(found: Readings, layer: int) -> NDArray[np.float64]:
    pairs = [_kept(found.before_own[i], found.after_reads_before[i], layer) for i in found.long]
    before, after = zip(*pairs, strict=True)
    return mean_shift(before, after, first=0)


def _inside_layers(
    found: Readings, directions: Tensor, deciding: tuple[int, ...]
) -> Iterator[tuple[LayerShift, NDArray[np.floating]]]:
    # A null direction mixes the same tokens at every layer: what is a sink at one of them is left out at all.
    plain = ~torch.stack([sinks(_responses(found.before_own, layer)) for layer in deciding]).any(0)
    for layer in deciding:
        tokens = _responses(found.before_own, layer)[plain].numpy()
        mean, sigma = spread(tokens)
        yield LayerShift(_delta(found, layer), sigma, directions[layer].numpy()), tokens - mean


def _responses(stored: Stored, layer: int) -> Tensor:
    """Residuals of all response tokens at a layer, sinks among them, (tokens, width) float32."""
    return torch.cat([one.response(layer) for one in stored.values()])


def _last_prompt_layers(
    found: Readings, directions: Tensor, deciding: tuple[int, ...]
) -> Iterator[LayerShift]:
    for layer in deciding:
        _, sigma = spread(response_tokens(found.before_own, layer).numpy())
        before, after = (
            [one.last_prompt(layer).numpy() for one in stored.values()]
            for stored in (found.before_own, found.after_reads_before)
        )
        yield LayerShift(mean_shift(before, after, first=0), sigma, directions[layer].numpy())


def _projected(before: Stored, after: Stored, read: Mapping[str, Line], seed: int) -> dict[str, Interval]:
    """Per trait the shift of the raw projection, prompts averaged first."""
    return {
        trait: projection_shift(_means(before, line), _means(after, line), seed)
        for trait, line in read.items()
    }


def _means(stored: Stored, line: Line) -> list[float]:
    means = []
    for one in stored.values():
        residual = one.response(line.layer)
        means.append(float((residual[~sinks(residual)] @ line.direction).mean()))
    return means


def _outputs(run: Run, pair: Comparison, found: Readings) -> dict[str, float | None]:
    renderer = run.variants.renderer(pair.before)
    shared = [
        (one.mean_logits, other.mean_logits)
        for one, other in zip(found.before_own.values(), found.after_reads_before.values(), strict=True)
        if one.mean_logits is not None and other.mean_logits is not None
    ]
    if not shared:
        return dict.fromkeys(extracted_traits(run))
    before, after = (torch.stack(list(one)).numpy() for one in zip(*shared, strict=True))

    def first_token(word: str) -> int:
        ids = renderer.tokenizer(f" {word}", add_special_tokens=False)["input_ids"]
        # Some tokenizers begin with a token that is nothing but the space.
        return next(int(token) for token in ids if renderer.decode((int(token),)).strip())

    return {
        name: output_shift(
            before,
            after,
            word_tokens(
                [scene.text for scene in trait.positive],
                [scene.text for scene in trait.negative],
                first_token,
            ),
        )
        for name, trait in extracted_traits(run).items()
    }


def _behaviours(run: Run, one: Compared, settings: InferSettings) -> dict[str, Behaviour | None]:
    able = extracted_traits(run)
    judges = {
        name: trait_judge(run, trait, judge_choice(run))
        for name, trait in judged_traits(run).items()
        if name in able
    }
    tests = sum(judge.weakness is None for judge in judges.values())
    return {
        name: _behaviour(run, one, settings, trait, judges[name], tests) if name in judges else None
        for name, trait in able.items()
    }


def _behaviour(
    run: Run, compared: Compared, settings: InferSettings, trait: Trait, judge: TraitJudge, tests: int
) -> Behaviour:
    """The judge's scores of both variants' answers to the prompt set and to the trait's report questions."""
    pair, prompts = compared
    asked = [prompts, *(one for one in questions_asked(run) if one.name == f"{QUESTIONS}{trait.name}")]
    questions = [text for one in asked for text in one.texts]
    if judge.weakness is not None:
        auc = judge.judge.identity["held_out_auc"]
        return unjudged(
            len(questions), f"its judge is too weak: held-out AUC {auc:.2f}, {LEAST_AUC:.2f} at the least"
        )
    before, after = (
        [
            judgement.value
            for judgement in judge.score(
                questions,
                [row["text"] for one in asked for row in load_answers(run, variant, one, settings)],
            )
        ]
        for variant in (pair.before, pair.after)
    )
    return behaviour(before, after, run.seed, tests)


def _incoherent(run: Run, compared: Compared, settings: InferSettings, found: Readings) -> str | None:
    """Why the answers cannot be judged: a variant repeats itself, or its own words surprise it far more than
    the before variant's surprise that one."""
    pair, prompts = compared
    unsteered = float(torch.cat([one.log_probability for one in found.before_own.values()]).mean())
    for variant, stored in ((pair.before, found.before_own), (pair.after, found.after_own)):
        rows = load_answers(run, variant, prompts, settings)
        scores = [
            coherence(row["text"], float(stored[row["place"]].log_probability.mean()), unsteered)
            if row["ids"]
            else 0.0
            for row in rows
            if row["place"] in stored or not row["ids"]
        ]
        mean = mean_score(scores)
        if mean is None or mean < COHERENT:
            return f"{variant} has a mean coherence of {mean or 0:.0f}, below {COHERENT:.0f}"
    return None
