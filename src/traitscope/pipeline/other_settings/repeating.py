"""One way's sample: made, or read back, in a folder of its own beside the experiment's artefacts."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple

from traitscope.config import Config, OpenAIJudgeSettings, SteerSettings, judge_name, judge_settings
from traitscope.data import Trait, split_questions
from traitscope.errors import InputError, WorkError
from traitscope.experiment import Artefact, Journal, digest
from traitscope.experiment.files import read_json, write_json
from traitscope.judging import Asked, Rubric
from traitscope.judging.manner import SCORED_TOKENS
from traitscope.judging.prompts import messages
from traitscope.judging.replies import Usage
from traitscope.judging.spending import Prices
from traitscope.models.sizes import find_size
from traitscope.pipeline.extract.stage import extraction, load_directions
from traitscope.pipeline.judge.judge_parts import coherence_parts, judge_parts
from traitscope.pipeline.judge.scoring import Scored, trait_prompt
from traitscope.pipeline.other_settings.sample import (
    PACES,
    Pace,
    Sampled,
    alone,
    answered,
    pace,
    sample_points,
    searched,
)
from traitscope.pipeline.other_settings.ways import Way
from traitscope.pipeline.run import Run
from traitscope.pipeline.steer.nesting import drawing
from traitscope.pipeline.steer.search import COSTS
from traitscope.pipeline.steer.stage import bench_of, searched_layers
from traitscope.planning.inputs import estimated_tokens
from traitscope.planning.machine import free_memory, gpus
from traitscope.planning.memory import weight_bytes
from traitscope.steering import Evaluation, Point, competing_sources, search_size

VERSION = "1"
RESULT = "sample.json"
ANSWERS = "answers.jsonl"


class Repeated(NamedTuple):
    """A way's sample, and what it took."""

    sampled: Sampled
    pace: Pace | None
    tokens: int
    """Generated."""
    money: float | None
    """What its judges cost where nothing is remembered; None where no price is known."""


def repeat(run: Run, trait: Trait, way: Way) -> Repeated:
    """Do what is not done of a way's sample, or read it back.

    Raises:
        InputError: the way cannot be tried here: a library, a device or memory is missing.
        WorkError: as a judge does; or the disk is full.
    """
    changed, settings = _changed(run, way)
    sources = competing_sources(run.experiment.config)
    norms = load_directions(run, trait, *sources[0]).base_norm.tolist()
    layers = searched_layers(run, settings, len(norms))
    points = [] if way.searches else sample_points(run, trait, sources[0], dict(enumerate(norms)))
    artefact = _artefact(changed, trait, settings, way, points)
    if not artefact.is_done():
        _load(changed, settings.variant, way)
        coarse = search_size(settings, layers, len(norms), len(sources)).coarse
        searching = sum(step.points * step.questions for step in coarse)
        rows = searching if way.searches else len(points) * settings.questions
        with run.making(artefact):
            most = settings.samples * (rows + settings.questions)
            run.progress.begin("settings", f"{trait.name}: {way.shown}", most)
            bench = bench_of(changed, trait, settings, artefact.folder)
            steps = searched(bench) if way.searches else answered(bench, points)
            _write(alone(steps, artefact.folder), artefact.folder / RESULT)
            run.progress.end()
    sampled = _read(artefact.folder / RESULT)
    rows_made = Journal(artefact.folder / ANSWERS).all_rows()
    questions = _questions(run, trait, settings)
    answers = [Asked(questions[row["question"]], row["text"]) for row in rows_made]
    return Repeated(
        sampled,
        pace(artefact.folder, sampled.judged),
        sum(len(row["ids"]) for row in rows_made),
        _money(run.experiment.config, trait, settings, answers),
    )


def _changed(run: Run, way: Way) -> tuple[Run, SteerSettings]:
    """The run with the way's variant beside the others, so that equal weights are shared."""
    config, before = run.experiment.config, way.steer.variant
    if way.variant == config.variants[before]:
        return run, way.steer
    name = f"{before}: {way.name}"
    settings = config.model_copy(update={"variants": {**config.variants, name: way.variant}})
    resolved = run.variants.resolved
    if before in resolved:
        resolved = {**resolved, name: resolved[before]}
    experiment = replace(run.experiment, config=settings)
    variants = replace(run.variants, experiment=experiment, resolved=resolved)
    return replace(run, variants=variants), way.steer.model_copy(update={"variant": name})


def _artefact(run: Run, trait: Trait, settings: SteerSettings, way: Way, points: Sequence[Point]) -> Artefact:
    renderer = run.variants.renderer(settings.variant)
    questions = _questions(run, trait, settings)
    searching = settings.model_dump(exclude={"traits", "variant", "judge", "coherence"})
    return Artefact(
        run.experiment.layout.settings_check(trait.name, way.name),
        "settings",
        {
            "directions": extraction(run, trait).fingerprint,
            "prompts": digest([renderer.ids(question, trait.system_prompt) for question in questions]),
            "points": digest(searching if way.searches else [asdict(point) for point in points]),
            "settings": digest(
                [
                    competing_sources(run.experiment.config),
                    settings.new_tokens,
                    settings.positions,
                    *([settings.samples, *drawing(settings, run.seed)] if settings.temperature else []),
                ]
            ),
            "judge": judge_parts(run.experiment, trait, settings.judge),
            "coherence": coherence_parts(run.experiment, settings.coherence),
            "judge prompt": digest([renderer.ids(question, trait_prompt(trait)) for question in questions]),
            **run.variants.parts(settings.variant),
            "threshold": str(settings.threshold),
            "version": VERSION,
        },
        files=(ANSWERS, "scores.jsonl", COSTS, PACES, RESULT),
    )


def _questions(run: Run, trait: Trait, settings: SteerSettings) -> tuple[str, ...]:
    return split_questions(trait, settings.questions, settings.report_questions, run.seed).search


def _load(run: Run, variant: str, way: Way) -> None:
    """The model is there before its answers are timed; what keeps it from that is a sentence."""
    where = f"{run.experiment.file}, variants.{way.steer.variant}"
    _refuse_too_large(run, variant, where)
    try:
        run.variants.model(variant)
    except (ImportError, RuntimeError, ValueError) as error:
        # Libraries that hold weights in fewer bits say in many ways that they or the device cannot.
        if way.variant == run.experiment.config.variants[way.steer.variant]:
            raise
        what = f"cannot be loaded so ({str(error).strip().splitlines()[0]})"
        raise InputError(where, what, "leave this way out, or try it on another device") from error


def _refuse_too_large(run: Run, variant: str, where: str) -> None:
    """A process that takes more than there is may be killed without a word."""
    settings, placement = run.variants.settings(variant), run.variants.placement(variant)
    if settings.device_map is not None or placement.dtype == run.variants.placement(_before(variant)).dtype:
        return
    architecture = find_size(settings.model, run.experiment.beside, settings.revision).architecture
    needed = weight_bytes(architecture, placement.dtype, placement.quantization)
    free = gpus()[0].free if placement.device.startswith("cuda") and gpus() else free_memory()
    if free is not None and needed > free:
        what = f"weights in {placement.dtype} take {needed / 1e9:.0f} GB, and {free / 1e9:.0f} GB are free"
        raise WorkError(where, what, "try it on another device")


def _before(variant: str) -> str:
    return variant.split(": ", 1)[0]


def _money(config: Config, trait: Trait, settings: SteerSettings, answers: Sequence[Asked]) -> float | None:
    """What judging these answers costs by the prices in the file; tokens are estimated from the text."""
    total, priced = 0.0, False
    for name, rubric in (
        (
            judge_name(settings.judge, trait.name),
            Rubric("trait", trait.name, trait.definition, trait.eval_prompt),
        ),
        (settings.coherence, Rubric("coherence", "coherence")),
    ):
        judge = None if name is None else judge_settings(config, name)
        if not isinstance(judge, OpenAIJudgeSettings) or judge.price_in is None or judge.price_out is None:
            continue
        priced = True
        read = sum(
            estimated_tokens(sum(len(turn["content"]) for turn in messages(rubric, one))) for one in answers
        )
        sampled = judge.mode == "sampled"
        written = len(answers) * (judge.samples * judge.sample_tokens if sampled else SCORED_TOKENS)
        total += Prices(judge.price_in, judge.price_out).cost(Usage(read, written))
    return total if priced else None


def _write(found: Sampled, path: Path) -> None:
    scores = {arm: [asdict(one) for one in some] for arm, some in found.scores.items()}
    evaluations = [asdict(one) for one in found.evaluations]
    write_json(path, {"scores": scores, "evaluations": evaluations, "judged": found.judged})


def _read(path: Path) -> Sampled:
    found: dict[str, Any] = read_json(path)
    scores = {arm: [Scored(**one) for one in some] for arm, some in found["scores"].items()}
    evaluations = [Evaluation(**{**one, "point": Point(**one["point"])}) for one in found["evaluations"]]
    return Sampled(scores, evaluations, found["judged"])
