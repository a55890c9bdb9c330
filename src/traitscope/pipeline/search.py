"""The search of one trait: over all layers at once, each coefficient judged on the search questions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, NamedTuple

from traitscope.errors import WorkError
from traitscope.experiment import Journal
from traitscope.judging import mean_score
from traitscope.pipeline.bench import Aim, Bench, Steps, Wanted
from traitscope.pipeline.push_costs import push_costs
from traitscope.pipeline.scoring import Scored, common_reason
from traitscope.steering import Cost, Evaluation, Point, Step, Terrain, evaluate, next_step

COSTS = "costs.jsonl"


class Searched(NamedTuple):
    """What a search tried."""

    baseline: float
    """Mean trait score of the unsteered answers to the search questions."""
    unsteered: Sequence[Scored]
    """The scores of these answers."""
    terrain: Terrain
    evaluations: list[Evaluation]


def search(bench: Bench) -> Steps[Searched]:
    """Let the policy choose step after step until it has seen enough.

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
    costs = _costs(bench) if bench.settings.policy == "frontier" else {}
    coherence = mean_score([one.coherence for one in unsteered])
    terrain = Terrain(bench.base_norms, 100.0 if coherence is None else coherence, costs)
    evaluations: list[Evaluation] = []
    number = 0
    while step := next_step(bench.settings, terrain, evaluations):
        number += 1
        evaluations.extend((yield from try_step(bench, number, step, unsteered)))
    return Searched(baseline, unsteered, terrain, evaluations)


def try_step(bench: Bench, number: int, step: Step, unsteered: Sequence[Scored]) -> Steps[list[Evaluation]]:
    """One step of the search: every point's answers to the questions it asks, judged."""
    aims = {f"layer_{point.layer}": Aim(point, bench.vectors[point.layer]) for point in step.points}
    questions = bench.split.search[: step.questions]
    found = yield Wanted(
        bench, "search", questions, aims, bench.scorer.unsteered(unsteered), {"step": number}
    )
    return [
        evaluate(
            number,
            point,
            bench.base_norms[point.layer],
            [one.trait for one in scored],
            [one.coherence for one in scored],
            [one.trait for one in unsteered],
            bench.settings.threshold,
        )
        for point, scored in zip(step.points, found.values(), strict=True)
    ]


def evaluation_row(one: Evaluation) -> dict[str, Any]:
    """An evaluation as `best.json` holds it."""
    row = asdict(one)
    return {**row.pop("point"), **row}


def read_evaluation(row: Mapping[str, Any]) -> Evaluation:
    """The evaluation that `evaluation_row` made a row of."""
    point, whole = (
        {one.name: row[one.name] for one in fields(kind) if one.name in row} for kind in (Point, Evaluation)
    )
    return Evaluation(point=Point(**point), **whole)


def _costs(bench: Bench) -> dict[int, list[Cost]]:
    """What pushes at each layer cost, which tells a search where the edge lies before it judges."""
    bench.run.progress.say(f"{bench.trait.name}: measuring what a push costs at each layer")
    journal = Journal(bench.answers.path.parent / COSTS)
    return push_costs(bench.run, bench.settings, bench.vectors, bench.base_norms, journal)
