"""The winner on questions that it was not chosen on, beside what it is compared with."""

from dataclasses import asdict
from typing import Any, NamedTuple

from traitscope.pipeline.bench import Aim, Bench, Steps, Wanted
from traitscope.steering import Arm, Evaluation, Verdict, arm, judge_winner, random_directions


class Proof(NamedTuple):
    """What the report questions say of a winner."""

    arms: list[Arm]
    verdict: Verdict


def prove(bench: Bench, best: Evaluation, broken: Evaluation | None) -> Steps[Proof]:
    """Answer the report questions unsteered, with the winner, with random pushes of its length, and with
    `broken`, the weakest push that broke the language, where there is one."""
    questions, point, seed = bench.split.report, best.point, bench.run.seed
    direction = bench.vectors[point.layer]
    drawn = random_directions(len(direction), seed)
    aims = {"winner": Aim(point, direction)}
    if broken is not None:
        aims["too_strong"] = Aim(broken.point, bench.vectors[broken.point.layer])
    aims |= {f"random_{number}": Aim(point, one) for number, one in enumerate(drawn, start=1)}
    answered = yield Wanted(bench, "report", questions, {"unsteered": None}, None)
    unsteered = bench.scorer.unsteered(answered["unsteered"])
    answered |= yield Wanted(bench, "report", questions, aims, unsteered)
    before = [one.trait for one in answered["unsteered"]]
    arms = [
        arm(name, [one.trait for one in found], [one.coherence for one in found], before, seed)
        for name, found in answered.items()
    ]
    verdict = judge_winner({one.name: one for one in arms}, bench.settings, bench.scorer.judge.is_circular)
    return Proof(arms, verdict)


def arm_row(one: Arm) -> dict[str, Any]:
    """An arm as `best.json` holds it."""
    row = asdict(one) | {"delta": None, "delta_low": None, "delta_high": None, "questions": 0}
    if one.delta is not None:
        row |= {
            "delta": one.delta.mean,
            "delta_low": one.delta.low,
            "delta_high": one.delta.high,
            "questions": one.delta.n,
        }
    return row
