"""The winner on questions that it was not chosen on, beside what it is compared with."""

from dataclasses import asdict
from typing import Any, NamedTuple

from traitscope.data.trait import prompt_baseline
from traitscope.pipeline.rows import interval_row
from traitscope.pipeline.steer.bench import Aim, Bench, Steps, Wanted
from traitscope.pipeline.steer.controls import Controls, controls
from traitscope.steering import (
    PROMPT,
    TOO_STRONG,
    UNSTEERED,
    WINNER,
    Arm,
    Evaluation,
    Verdict,
    arms_of,
    judge_winner,
)


class Proof(NamedTuple):
    """What the report questions say of a winner."""

    rows: list[dict[str, Any]]
    """The arms as `best.json` holds them."""
    notes: tuple[str, ...]
    """What is missing among the arms; clauses."""
    verdict: Verdict


def prove(bench: Bench, best: Evaluation, broken: Evaluation | None) -> Steps[Proof]:
    """Answer the report questions unsteered, with the winner, with controls that do its damage, with a system
    prompt that asks for the trait, and with `broken`, the weakest push that broke the language, where there
    is one."""
    questions, settings = bench.split.report, bench.settings
    answered = yield Wanted(bench, "report", questions, {UNSTEERED: None}, None)
    held_against = controls(bench, best.point)
    aims: dict[str, Aim | None] = {WINNER: bench.aim(best.point)}
    if broken is not None:
        aims[TOO_STRONG] = bench.aim(broken.point)
    aims |= held_against.aims
    aims[PROMPT] = None
    unsteered = bench.scorer.unsteered(answered[UNSTEERED])
    asking = {PROMPT: prompt_baseline(bench.trait, settings.push)}
    # In one batch as far as its rows go, so that rows of all arms are decoded together.
    answered |= yield Wanted(bench, "report", questions, aims, unsteered, system_prompts=asking)
    arms = arms_of(
        {name: [one.trait for one in found] for name, found in answered.items()},
        {name: [one.coherence for one in found] for name, found in answered.items()},
        settings.sign,
        bench.run.seed,
    )
    verdict = judge_winner(arms, settings, bench.scorer.judge.is_circular)
    rows = [_arm_row(one, aims.get(one.name), held_against) for one in arms]
    return Proof(rows, held_against.notes, verdict)


def _arm_row(one: Arm, aim: Aim | None, held_against: Controls) -> dict[str, Any]:
    """An arm as `best.json` holds it; `divergence` is null of what was not measured."""
    found = held_against.matches.get(one.name)
    divergence = held_against.damage if one.name == WINNER else None
    return {
        **asdict(one),
        "coefficient": None if aim is None else aim.point.coefficient,
        "divergence": found.cost.divergence if found and found.cost.divergence < float("inf") else divergence,
        **interval_row("delta", one.delta),
        **interval_row("lead", one.lead),
        "questions": one.delta.n if one.delta else 0,
    }
