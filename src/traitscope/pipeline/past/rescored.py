"""Old and new scores of the same answers, held against each other."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from traitscope.judging import mean_score
from traitscope.pipeline.past.searches import Judged, PastSearch, finished_searches
from traitscope.pipeline.run import Run
from traitscope.pipeline.steer.bench import Bench
from traitscope.pipeline.steer.nesting import over_samples
from traitscope.pipeline.steer.search import read_evaluation
from traitscope.report.rescore_view import ArmScores, Both, Found, Outcome, Rescored
from traitscope.report.values import Absent, Estimate, Measured, Number
from traitscope.statistics import spearman
from traitscope.steering import (
    UNSTEERED,
    WINNER,
    Arm,
    Evaluation,
    Point,
    arms_of,
    best_by_layer,
    best_overall,
    evaluate,
)

FEW = "fewer than 80 % of the answers are scored"
INCOHERENT = "no evaluation was coherent"
FEWEST_RANKED = 3
"""Ranks of two always agree or disagree wholly."""

Key = tuple[Any, ...]


def rescored_view(
    run: Run, bench: Bench, last: PastSearch, changed: Sequence[str], coherence: str, outcome: Outcome
) -> Rescored:
    """What the new scores make of the evaluations and arms of the last search.

    Args:
        bench: whose journals hold the answers and their new scores.
        last: the search that asked for them.
    """
    push = bench.settings.push
    scored = [(one, _scored(bench, one.answer)) for one in last.judged]
    again = [one._replace(score=score) for one, score in scored if score is not None]
    old = [read_evaluation(row) for row in last.best["evaluations"]]
    new = [_evaluated(one, again, bench.settings.threshold) for one in old]
    olds, news = best_by_layer(old, push), best_by_layer(new, push)
    layers = {
        layer: Both(_found(olds.get(layer)), _found(news.get(layer)))
        for layer in sorted({one.point.layer for one in old})
    }
    both = [layer for layer in layers if layer in olds and layer in news]
    pairs = [
        (one.score["trait"], score["trait"])
        for one, score in scored
        if score is not None and None not in (one.score["trait"], score["trait"])
    ]
    present = finished_searches(run.experiment, bench.trait.name)[-1].best if outcome == "same" else None
    judge = bench.scorer.judge.record(row["judge"] for row in bench.scores.all_rows())
    return Rescored(
        tuple(changed),
        Both(last.best["judge"]["label"], judge["label"]),
        len(again),
        coherence,
        Both(
            _number(last.best["baseline"]),
            _number(mean_score(_scores(again, "search", "unsteered", "trait"))),
        ),
        layers,
        _correlation(
            [(olds[one].delta, news[one].delta) for one in both],
            "layers have a coherent evaluation both times",
        ),
        _correlation(pairs, "answers have both scores"),
        Both(_found(best_overall(old, push)), _found(best_overall(new, push))),
        Both(
            _result(last.best),
            Absent("the search has not come to its end") if present is None else _result(present),
        ),
        _arms(bench, last, again),
        outcome,
    )


def _scored(bench: Bench, answer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    rows = bench.scores.get(answer["batch"])
    return None if rows is None else rows[answer["row"]]


def _evaluated(one: Evaluation, again: Sequence[Judged], threshold: float) -> Evaluation:
    """An evaluation by the new scores of its answers."""
    key = (one.step, *_place(vars(one.point)))
    own = [
        row
        for row in again
        if row.answer["split"] == "search" and (row.answer.get("step"), *_place(row.answer)) == key
    ]
    places = [row.answer["question"] for row in own]
    traits, coherences = (
        over_samples(places, [row.score[of] for row in own]) for of in ("trait", "coherence")
    )
    found = evaluate(
        one.step,
        one.point,
        one.point.coefficient / one.relative_strength,
        traits,
        coherences,
        _scores(again, "search", "unsteered", "trait"),
        threshold,
    )
    return replace(found, refined=one.refined)


def _place(row: Mapping[str, Any]) -> Key:
    return tuple(row.get(one.name) for one in fields(Point))


def _scores(rows: Sequence[Judged], split: str, name: str, of: str) -> list[float | None]:
    """Scores of an arm's answers, in the order of the questions."""
    own = [row for row in rows if (row.answer["split"], row.answer["arm"]) == (split, name)]
    return over_samples([row.answer["question"] for row in own], [row.score[of] for row in own])


def _arms(bench: Bench, last: PastSearch, again: Sequence[Judged]) -> dict[str, Both[ArmScores]]:
    """The old winner's arms."""
    traits, coherences = (
        {row["name"]: _scores(again, "report", row["name"], of) for row in last.best["arms"]}
        for of in ("trait", "coherence")
    )
    asked = len(traits.get(UNSTEERED, ()))
    whole = {name: scores for name, scores in traits.items() if len(scores) == asked}
    if not {UNSTEERED, WINNER} <= whole.keys():
        return {}
    new = arms_of(whole, coherences, bench.settings.sign, bench.run.seed)
    old = {row["name"]: row for row in last.best["arms"]}
    return {one.name: Both(_old_arm(old[one.name]), _new_arm(one)) for one in new}


def _old_arm(row: Mapping[str, Any]) -> ArmScores:
    delta: Measured = Absent(_without_delta(row["name"]))
    if row["delta"] is not None:
        delta = Estimate(row["delta"], row["delta_low"], row["delta_high"], row["questions"], "questions")
    return ArmScores(_number(row["trait"]), _number(row["coherence"]), delta)


def _new_arm(found: Arm) -> ArmScores:
    delta: Measured = Absent(_without_delta(found.name))
    if found.delta is not None:
        delta = Estimate(found.delta.mean, found.delta.low, found.delta.high, found.delta.n, "questions")
    return ArmScores(_number(found.trait), _number(found.coherence), delta)


def _without_delta(name: str) -> str:
    return "what the others are compared with" if name == "unsteered" else FEW


def _found(one: Evaluation | None) -> Found | Absent:
    if one is None:
        return Absent(INCOHERENT)
    numbers = (_number(value) for value in (one.trait, one.delta, one.coherence))
    return Found(one.point.layer, one.point.coefficient, *numbers)


def _result(best: Mapping[str, Any]) -> str:
    return f"{best['result']}: {best['reason']}" if best["reason"] else str(best["result"])


def _correlation(pairs: Sequence[tuple[Any, Any]], what: str) -> Number:
    if len(pairs) < FEWEST_RANKED:
        return Absent(f"fewer than {FEWEST_RANKED} {what}")
    found = spearman(*zip(*pairs, strict=True))
    return Absent("one of the two has no spread") if found is None else found


def _number(value: float | None) -> Number:
    return Absent(FEW) if value is None else value
