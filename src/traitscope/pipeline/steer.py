"""Stage 2, steer: a coefficient search over all layers at once, then the winner on questions it never saw."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from torch import Tensor

from traitscope.config import SteerSettings, resolve_layers
from traitscope.data import QuestionSplit, Trait, split_questions
from traitscope.engine import Push
from traitscope.errors import WorkError
from traitscope.experiment import Artefact, Journal, digest
from traitscope.experiment.files import read_json, write_json
from traitscope.judging import mean_score
from traitscope.models import Component
from traitscope.pipeline.answering import Ask, answer
from traitscope.pipeline.extract import extraction, load_directions
from traitscope.pipeline.judge_parts import coherence_parts, judge_parts
from traitscope.pipeline.push_costs import push_costs
from traitscope.pipeline.run import Run
from traitscope.pipeline.scoring import Scored, Scorer, common_reason, trait_prompt
from traitscope.pipeline.trait_judge import trusted_judge
from traitscope.steering import (
    Arm,
    Cost,
    Evaluation,
    Point,
    Step,
    Terrain,
    Verdict,
    arm,
    best_overall,
    count_arms,
    evaluate,
    judge_winner,
    most_answers,
    next_step,
    nothing_coherent,
    random_directions,
    weakest_incoherent,
)

ANSWERS_VERSION = "1"
SCORES_VERSION = "2"
SEARCH_VERSION = "2"
BEST = "best.json"
COSTS = "costs.jsonl"


@dataclass(frozen=True)
class Bench:
    """One trait's steering: everything that its batches follow from."""

    run: Run
    trait: Trait
    settings: SteerSettings
    split: QuestionSplit
    vectors: Tensor
    """(layers, width) float32 unit directions that are added."""
    base_norms: Mapping[int, float]
    """Layer -> base norm, of the layers searched."""
    answers: Journal
    scores: Journal
    scorer: Scorer
    judging_seconds: list[float] = field(default_factory=list)
    """What each call of the judges took."""
    batches: list[str] = field(default_factory=list)
    """Which of the kept answers this search asked for, by their batches."""


class SteeringArtefacts(NamedTuple):
    """What steering makes of a trait; all three lie in one folder."""

    answers: Artefact
    scores: Artefact
    search: Artefact
    """What was chosen by them: `best.json`."""

    def are_done(self) -> bool:
        """Whether nothing is left to do."""
        return all(artefact.is_done() for artefact in self)


class Aim(NamedTuple):
    """A direction, and where and how far it is pushed along."""

    point: Point
    direction: Tensor

    def push(self, component: Component) -> Push:
        """What the engine adds."""
        return Push(self.point.layer, self.point.coefficient * self.direction, component)


def steered_traits(run: Run) -> dict[str, Trait]:
    """The traits that are steered, by name."""
    settings = run.experiment.config.steer
    if settings is None:
        return {}
    return {name: run.traits[name] for name in run.experiment.config.steered_traits}


def settings_of(settings: SteerSettings, trait: Trait) -> SteerSettings:
    """The settings as they hold for one trait: its own layers, and the way it is pushed."""
    push = settings.push or ("suppress" if trait.direction == "negative" else "induce")
    return settings.model_copy(update={"layers": settings.layers_of(trait.name), "push": push})


def searched_layers(run: Run, settings: SteerSettings, depth: int) -> tuple[int, ...]:
    """The layers that one trait's settings name, of a model with `depth` of them."""
    assert isinstance(settings.layers, str)
    return tuple(resolve_layers(settings.layers, depth, f"{run.experiment.file}, steer.layers"))


def steering(run: Run, trait: Trait, settings: SteerSettings) -> SteeringArtefacts:
    """A trait's steered answers, their scores, and what was chosen by them.

    A changed judge or definition makes the scores stale and leaves the answers as they are. Both are kept by
    what was asked, so that settings which only shape the search or choose from it (layers, steps, threshold)
    make nothing stale but the choice.
    """
    settings = settings_of(settings, trait)
    folder = run.experiment.layout.steer(trait.name, settings.variant)
    split = split_questions(trait, settings.questions, settings.report_questions, run.seed)
    renderer = run.variants.renderer(settings.variant)
    answers = Artefact(
        folder,
        "steer",
        {
            "directions": extraction(run, trait).fingerprint,
            "prompts": digest(
                [renderer.ids(question, trait.system_prompt) for part in split[:2] for question in part]
            ),
            "settings": asked_settings(settings),
            **run.variants.parts(settings.variant),
            "version": ANSWERS_VERSION,
        },
        "answers.manifest.json",
        ("answers.jsonl", COSTS),
    )
    scores = Artefact(
        folder,
        "steer",
        {
            "answers": answers.fingerprint,
            "judge": judge_parts(run.experiment, trait, settings.judge),
            "coherence": coherence_parts(run.experiment, settings.coherence),
            "judge prompt": digest(
                [renderer.ids(question, trait_prompt(trait)) for question in split.search]
            ),
            # Coherence is relative to the unsteered answers to the same questions.
            "questions": digest([settings.questions, settings.report_questions]),
            "seed": str(run.seed),
            "version": SCORES_VERSION,
        },
        "scores.manifest.json",
        ("scores.jsonl",),
    )
    search = Artefact(
        folder,
        "steer",
        {
            "scores": scores.fingerprint,
            "settings": digest(settings.model_dump(exclude={"traits", "variant", "judge", "coherence"})),
            "version": SEARCH_VERSION,
        },
        "search.manifest.json",
        (BEST,),
    )
    return SteeringArtefacts(answers, scores, search)


def asked_settings(settings: SteerSettings) -> str:
    """Digest of the settings that decide what is answered, and not what is asked or chosen."""
    return digest([settings.method, settings.new_tokens, settings.positions])


def steer(run: Run) -> None:
    """Steer every trait under `steer` that is not steered yet or no longer truly."""
    settings = run.experiment.config.steer
    if settings is None:
        return
    for trait in steered_traits(run).values():
        found = steering(run, trait, settings)
        if found.are_done():
            continue
        with run.making(found.answers) as made, run.making(found.scores) as judged, run.making(found.search):
            bench = _bench(run, trait, settings_of(settings, trait), found.answers)
            start = time.monotonic()
            best = _steer(bench)
            write_json(found.search.folder / BEST, _judges(bench) | best | {"batches": bench.batches})
            judged["seconds"] = sum(bench.judging_seconds)
            made["seconds"] = time.monotonic() - start - sum(bench.judging_seconds)
            rows = bench.answers.all_rows()
            made["generated_tokens"] = sum(len(row["ids"]) for row in rows)
            judged["judged"] = 2 * len(bench.scores.all_rows())
            run.progress.end()


def load_best(run: Run, trait: Trait, settings: SteerSettings) -> dict[str, Any]:
    """What steering found of a trait: the content of `best.json`."""
    found: dict[str, Any] = read_json(run.experiment.layout.steer(trait.name, settings.variant) / BEST)
    return found


def _bench(run: Run, trait: Trait, settings: SteerSettings, answers: Artefact) -> Bench:
    directions = load_directions(run, trait, settings.method)
    layers = searched_layers(run, settings, len(directions.write))
    run.progress.say(f"{trait.name}: searching layers {', '.join(map(str, layers))}")
    folder = answers.folder
    return Bench(
        run,
        trait,
        settings,
        split_questions(trait, settings.questions, settings.report_questions, run.seed),
        directions.write,
        {layer: float(directions.base_norm[layer]) for layer in layers},
        Journal(folder / "answers.jsonl"),
        Journal(folder / "scores.jsonl"),
        Scorer(
            run,
            settings.variant,
            trait,
            trusted_judge(run, trait, settings.judge),
            run.judges.of_coherence(settings.coherence),
        ),
    )


def _judges(bench: Bench) -> dict[str, Any]:
    """Who scored the answers, once all are scored."""
    judge = bench.scorer.judge.record(row["judge"] for row in bench.scores.all_rows())
    return {"judge": judge, **bench.scorer.coherence_record(bench.settings.coherence, bench.scores)}


def _steer(bench: Bench) -> dict[str, Any]:
    settings, split = bench.settings, bench.split
    searched = len(split.search) + most_answers(settings, len(bench.base_norms))
    reported = len(split.report) * count_arms().most
    bench.run.progress.begin("steer", bench.trait.name, searched + reported)
    baseline_scores = _answer(bench, "search", split.search, {"unsteered": None}, {}, None)["unsteered"]
    baseline = mean_score([one.trait for one in baseline_scores])
    if baseline is None:
        why = common_reason(bench.scores)
        raise WorkError(
            f"steer/{bench.trait.name}",
            "fewer than 80 % of the unsteered answers have a trait score, so there is no baseline"
            + (f" (mostly: {why})" if why else ""),
            f"look at {bench.scores.path}, and change the questions or the judge",
        )
    costs = _costs(bench) if settings.policy == "frontier" else {}
    coherence = mean_score([one.coherence for one in baseline_scores])
    terrain = Terrain(bench.base_norms, 100.0 if coherence is None else coherence, costs)
    evaluations: list[Evaluation] = []
    number = 0
    while step := next_step(settings, terrain, evaluations):
        number += 1
        evaluations.extend(_evaluate(bench, number, step, baseline_scores))
    best = best_overall(evaluations, settings.push)
    found: dict[str, Any] = {
        "baseline": baseline,
        "evaluations": [_evaluation_row(one) for one in evaluations],
        "base_norms": {str(layer): norm for layer, norm in bench.base_norms.items()},
        "questions": {"search": split.search, "report": split.report, "in_sample": split.in_sample},
    }
    if best is None:
        reason = nothing_coherent(evaluations, settings)
        bench.run.progress.say(f"{bench.trait.name}: {reason}")
        return found | {"best": None, "too_strong": None, "result": "not_shown", "reason": reason, "arms": []}
    broken = weakest_incoherent(evaluations, best.point.layer)
    arms, verdict = _report(bench, best, broken)
    return found | {
        "best": _evaluation_row(best),
        "too_strong": None if broken is None else _evaluation_row(broken),
        "result": verdict.result,
        "reason": verdict.reason,
        "arms": [_arm_row(one) for one in arms],
    }


def _costs(bench: Bench) -> dict[int, list[Cost]]:
    """What pushes at each layer cost, which tells a search where the edge lies before it judges."""
    bench.run.progress.say(f"{bench.trait.name}: measuring what a push costs at each layer")
    journal = Journal(bench.answers.path.parent / COSTS)
    return push_costs(bench.run, bench.settings, bench.vectors, bench.base_norms, journal)


def _evaluate(bench: Bench, number: int, step: Step, baseline: Sequence[Scored]) -> list[Evaluation]:
    """One step of the search: every point's answers to the questions it asks."""
    aims = {f"layer_{point.layer}": Aim(point, bench.vectors[point.layer]) for point in step.points}
    questions = bench.split.search[: step.questions]
    found = _answer(bench, "search", questions, aims, {"step": number}, bench.scorer.unsteered(baseline))
    return [
        evaluate(
            number,
            point,
            bench.base_norms[point.layer],
            [one.trait for one in scored],
            [one.coherence for one in scored],
            [one.trait for one in baseline],
            bench.settings.threshold,
        )
        for point, scored in zip(step.points, found.values(), strict=True)
    ]


def _report(bench: Bench, best: Evaluation, broken: Evaluation | None) -> tuple[list[Arm], Verdict]:
    """The winner on the report questions, beside what it is compared with."""
    questions, point, seed = bench.split.report, best.point, bench.run.seed
    direction = bench.vectors[point.layer]
    drawn = random_directions(len(direction), seed)
    aims = {"winner": Aim(point, direction)}
    if broken is not None:
        aims["too_strong"] = Aim(broken.point, bench.vectors[broken.point.layer])
    aims |= {f"random_{number}": Aim(point, one) for number, one in enumerate(drawn, start=1)}
    by_arm = _answer(bench, "report", questions, {"unsteered": None}, {}, None)
    unsteered = bench.scorer.unsteered(by_arm["unsteered"])
    by_arm |= _answer(bench, "report", questions, aims, {}, unsteered)
    before = [one.trait for one in by_arm["unsteered"]]
    arms = [
        arm(name, [one.trait for one in found], [one.coherence for one in found], before, seed)
        for name, found in by_arm.items()
    ]
    return arms, judge_winner({one.name: one for one in arms}, bench.settings, bench.scorer.judge.is_circular)


def _answer(
    bench: Bench,
    split: str,
    questions: Sequence[str],
    aims: Mapping[str, Aim | None],
    note: Mapping[str, Any],
    unsteered: float | None,
) -> dict[str, list[Scored]]:
    """The scores of every aim's answers to every question, by the aim's name; in one batch as far as its rows
    go."""
    settings, run = bench.settings, bench.run
    renderer = run.variants.renderer(settings.variant)
    prompts = [renderer.ids(question, bench.trait.system_prompt) for question in questions]
    asks = [
        Ask(
            question,
            prompt,
            {"split": split, "arm": name, "question": index, **note, **(asdict(aim.point) if aim else {})},
            aim.push(run.experiment.config.extract.component) if aim else None,
        )
        for name, aim in aims.items()
        for index, (question, prompt) in enumerate(zip(questions, prompts, strict=True))
    ]
    answers = answer(run, settings.variant, bench.answers, asks, settings.new_tokens, settings.positions)
    bench.batches.extend(dict.fromkeys(row["batch"] for row in answers))
    asked = list(questions) * len(aims)
    start = time.monotonic()
    scored = bench.scorer.score(bench.scores, answers, asked, unsteered)
    bench.judging_seconds.append(time.monotonic() - start)
    size = len(questions)
    return {name: scored[index * size : (index + 1) * size] for index, name in enumerate(aims)}


def _evaluation_row(one: Evaluation) -> dict[str, Any]:
    row = asdict(one)
    return {**row.pop("point"), **row}


def _arm_row(one: Arm) -> dict[str, Any]:
    row = asdict(one) | {"delta": None, "delta_low": None, "delta_high": None, "questions": 0}
    if one.delta is not None:
        row |= {
            "delta": one.delta.mean,
            "delta_low": one.delta.low,
            "delta_high": one.delta.high,
            "questions": one.delta.n,
        }
    return row
