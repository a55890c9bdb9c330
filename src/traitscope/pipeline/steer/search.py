"""The search of one trait: over all layers at once, each coefficient judged on the search questions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any, NamedTuple

from traitscope.errors import WorkError
from traitscope.experiment import Journal
from traitscope.judging import mean_score
from traitscope.pipeline.judge.scoring import Scored, common_reason
from traitscope.pipeline.steer.bench import Bench, Refinement, Steps, Wanted
from traitscope.pipeline.steer.push_costs import push_costs
from traitscope.steering import (
    Cost,
    Evaluation,
    Point,
    Source,
    Step,
    Terrain,
    competing_step,
    count_arms,
    evaluate,
    promised_gain,
    refine_step,
    refined_sites,
    refined_steps,
)

COSTS = "costs.jsonl"


class Unsteered(NamedTuple):
    """The search questions answered as the model is."""

    baseline: float
    """Mean trait score."""
    scores: Sequence[Scored]


class Searched(NamedTuple):
    """What a search tried."""

    unsteered: Sequence[Scored]
    """The scores of the unsteered answers to the search questions."""
    evaluations: list[Evaluation]
    """In order; those of the refinement come last."""
    out_of_time: bool = False
    """A refinement was asked for and is still to come: time was short, or the order leaves it for later."""


def answer_unsteered(bench: Bench) -> Steps[Unsteered]:
    """Answer the search questions unsteered, which every delta is taken from.

    Raises:
        WorkError: too few of the unsteered answers have a score.
    """
    unsteered = (yield Wanted(bench, "search", bench.split.search, {"unsteered": None}, None))["unsteered"]
    baseline = mean_score([one.trait for one in unsteered])
    if baseline is None:
        why = common_reason(bench.scores)
        raise WorkError(
            f"steer/{bench.trait.name}",
            "fewer than 80 % of the unsteered answers have a trait score, so there is no baseline"
            + (f" (mostly: {why})" if why else ""),
            f"look at {bench.scores.path}, and change the questions or the judge",
        )
    return Unsteered(baseline, unsteered)


def search(bench: Bench, unsteered: Sequence[Scored]) -> Steps[Searched]:
    """The coarse pass: let the policy choose step after step until it has seen enough."""
    coherence = mean_score([one.coherence for one in unsteered])
    terrains = {
        source: Terrain(
            {layer: norms[layer] for layer in bench.layers},
            100.0 if coherence is None else coherence,
            _costs(bench, source) if bench.settings.policy == "frontier" else {},
        )
        for source, norms in bench.norms.items()
    }
    searched = Searched(unsteered, [])
    while step := competing_step(bench.settings, terrains, searched.evaluations):
        searched = yield from _tried(bench, searched, step)
    return searched


def refine(bench: Bench, searched: Searched) -> Steps[Searched]:
    """After the coarse pass: new coefficients at and around the layers that it found best, where the settings
    ask for that and there is time. A winner can be chosen without it."""
    settings, name = bench.settings, bench.trait.name
    sites = refined_sites(settings, bench.norms, searched.evaluations)
    if not sites:
        return searched
    steps = refined_steps(settings, len(sites))
    wanted = Refinement(
        promised_gain(settings, bench.norms, searched.evaluations),
        settings.samples * sum(step.points * step.questions for step in steps),
        settings.samples * len(bench.split.report) * count_arms(settings, len(bench.run.traits)).most,
        bench.proved,
    )
    if not (yield wanted):
        why = "there is no time left for it" if bench.run.refines else "the order leaves that for later"
        bench.run.progress.say(f"{name}: not refined, because {why}")
        return searched._replace(out_of_time=True)
    layers = ", ".join(map(str, dict.fromkeys(site.layer for site in sites)))
    bench.run.progress.say(f"{name}: refining layers {layers}")
    while step := refine_step(bench.settings, bench.norms, searched.evaluations):
        searched = yield from _tried(bench, searched, step)
    return searched


def _tried(bench: Bench, searched: Searched, step: Step) -> Steps[Searched]:
    """One step more."""
    number = 1 + max((one.step for one in searched.evaluations), default=0)
    found = yield from try_step(bench, number, step, searched.unsteered)
    return searched._replace(evaluations=[*searched.evaluations, *found])


def try_step(bench: Bench, number: int, step: Step, unsteered: Sequence[Scored]) -> Steps[list[Evaluation]]:
    """One step of the search: every point's answers to the questions it asks, judged."""
    several = len(bench.directions) > 1
    aims = {_arm(point, several): bench.aim(point) for point in step.points}
    questions = bench.split.search[: step.questions]
    found = yield Wanted(
        bench, "search", questions, aims, bench.scorer.unsteered(unsteered), {"step": number}
    )
    norms = bench.norms
    evaluations = [
        evaluate(
            number,
            point,
            norms[point.source][point.layer],
            [one.trait for one in scored],
            [one.coherence for one in scored],
            [one.trait for one in unsteered],
            bench.settings.threshold,
        )
        for point, scored in zip(step.points, found.values(), strict=True)
    ]
    return [replace(one, refined=step.refined) for one in evaluations]


def evaluation_row(one: Evaluation) -> dict[str, Any]:
    """An evaluation as `best.json` holds it."""
    row = asdict(one)
    return {**row.pop("point"), **row}


def _arm(point: Point, several: bool) -> str:
    """What a push of the search is called beside its answers."""
    return " ".join((f"layer_{point.layer}", *(point.source if several else ())))


def read_evaluation(row: Mapping[str, Any]) -> Evaluation:
    """The evaluation that `evaluation_row` made a row of."""
    point, whole = (
        {one.name: row[one.name] for one in fields(kind) if one.name in row} for kind in (Point, Evaluation)
    )
    return Evaluation(point=Point(**point), **whole)


def _costs(bench: Bench, source: Source) -> dict[int, list[Cost]]:
    """What pushes at each layer cost, which tells a search where the edge lies before it judges."""
    journal = Journal(bench.answers.path.parent / COSTS)
    return push_costs(bench, source, journal)
