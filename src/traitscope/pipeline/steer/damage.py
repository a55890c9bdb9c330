"""What a winner costs, beside what it gains: other words, wrong answers, and what it does elsewhere.

Other words: mean KL divergence of the next token from the unsteered one on neutral prompts, of every arm.
Wrong answers: share of multiple-choice items answered right, unsteered and steered. Elsewhere: trait and
coherence of its answers to instructions, and the share of them that it changes at all.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

from traitscope.config import SteerSettings
from traitscope.data import Trait, load_prompt_set
from traitscope.data.trait import prompt_baseline
from traitscope.engine import prompt_divergences
from traitscope.experiment import Artefact, Journal, digest
from traitscope.experiment.files import read_json, write_json
from traitscope.models import Ids
from traitscope.pipeline.rows import interval_row
from traitscope.pipeline.run import Run
from traitscope.pipeline.steer.bench import Aim, Bench, Spent, Steps
from traitscope.pipeline.steer.controls import controls
from traitscope.pipeline.steer.elsewhere import instructions, look_elsewhere
from traitscope.pipeline.steer.interleaving import interleave
from traitscope.pipeline.steer.knowledge import answered_right, items_part
from traitscope.pipeline.steer.push_costs import FIRST_TOKENS, PROMPT_SET, Gauge
from traitscope.pipeline.steer.stage import (
    AWAY,
    AWAY_SCORES,
    CHOICES,
    DIVERGENCES,
    bench_of,
    load_best,
    search_print,
    settings_of,
    steered_traits,
    steering,
)
from traitscope.steering import PROMPT, TOO_STRONG, WINNER, Point, accuracy

VERSION = "1"
RESULT = "damage.json"
PROMPTS = 20
"""Neutral prompts, from the first of their set on."""
NOT_ASKED = "steer.damage is false"
NOT_FINITE = "the push breaks the network: the divergence is not finite"


def damage_artefact(run: Run, trait: Trait, settings: SteerSettings) -> Artefact:
    """What a trait's winner costs, and what that depends on."""
    search = steering(run, trait, settings).search
    neutral = [one.text for one in load_prompt_set(PROMPT_SET).prompts[:PROMPTS]]
    return Artefact(
        search.folder,
        "steer",
        {
            "search": search_print(run, trait, settings),
            "asked": digest([neutral, items_part(), instructions()] if settings.damage else None),
            "version": VERSION,
        },
        "damage.manifest.json",
        (RESULT,),
    )


def measure_damage(run: Run) -> None:
    """Measure what every winner costs, where that is not done or no longer true.

    Raises:
        InputError, WorkError: of the first trait that failed; what the others had by then is kept.
    """
    settings = run.experiment.config.steer
    if settings is None:
        return
    todo = [
        trait
        for name, trait in steered_traits(run).items()
        if run.works_on(name)
        and steering(run, trait, settings).search.is_done()
        and not damage_artefact(run, trait, settings).is_done()
    ]
    if not todo:
        return
    rows = 2 * settings.samples * len(instructions()) * len(todo)
    run.progress.begin("steer", f"cost of {', '.join(trait.name for trait in todo)}", rows)
    interleave({f"steer {trait.name}": _measured(run, trait, settings) for trait in todo}, run)
    run.progress.end()


def load_damage(run: Run, trait: Trait, settings: SteerSettings) -> dict[str, Any]:
    """What was found of a trait: the content of `damage.json`."""
    found: dict[str, Any] = read_json(run.experiment.layout.steer(trait.name, settings.variant) / RESULT)
    return found


def damage_found(run: Run, trait: Trait) -> dict[str, Any]:
    """What was found of a trait; or `measured: false` and why, also where nothing was measured yet."""
    config = run.experiment.config
    left_out = config.why_not_steered(trait.name)
    if config.steer is None or left_out is not None:
        return {"measured": False, "reason": str(left_out)}
    artefact = damage_artefact(run, trait, config.steer)
    if not artefact.is_done():
        return {"measured": False, "reason": f"damage is {artefact.state().name}"}
    return load_damage(run, trait, config.steer)


def _measured(run: Run, trait: Trait, settings: SteerSettings) -> Steps[None]:
    artefact = damage_artefact(run, trait, settings)
    best = load_best(run, trait, settings)
    with run.making(artefact) as record:
        if not settings.damage or best["best"] is None:
            reason = best["reason"] if settings.damage else NOT_ASKED
            write_json(artefact.folder / RESULT, {"measured": False, "reason": reason})
            return
        folder = artefact.folder
        bench = replace(
            bench_of(run, trait, settings_of(settings, trait), folder),
            answers=Journal(folder / AWAY),
            scores=Journal(folder / AWAY_SCORES),
            spent=Spent(),
            batches=[],
        )
        start, aims = time.monotonic(), _aims(bench, best)
        found: dict[str, Any] = {
            "measured": True,
            "divergences": _divergences(bench, aims),
            "prompts": PROMPTS,
            "accuracy": _accuracy(bench, aims[WINNER]),
        }
        reading = time.monotonic() - start
        found["elsewhere"] = yield from look_elsewhere(bench, aims[WINNER])
        write_json(folder / RESULT, found)
        # Traits take turns meanwhile: the time since it was begun is not its own.
        record["seconds"] = reading + bench.spent.answering + bench.spent.judging
        record["generated_tokens"] = sum(len(row["ids"]) for row in bench.answers.all_rows())
        record["judged"] = 2 * len(bench.scores.all_rows())


def _aims(bench: Bench, best: Mapping[str, Any]) -> dict[str, Aim]:
    """Every arm that pushes."""
    points = {
        name: Point(found["layer"], found["coefficient"], found["method"], found["position"])
        for name, found in ((WINNER, best["best"]), (TOO_STRONG, best["too_strong"]))
        if found is not None
    }
    aims = {name: bench.aim(point) for name, point in points.items()}
    return aims | controls(bench, points[WINNER]).aims


def _divergences(bench: Bench, aims: Mapping[str, Aim]) -> dict[str, float | None]:
    """Arm -> mean KL divergence over the neutral prompts, nats; None where it is not finite."""
    run, gauge = bench.run, Gauge(bench, PROMPTS)
    journal = Journal(bench.answers.path.parent / DIVERGENCES)
    component = run.experiment.config.extract.component
    found = gauge.kept(journal, {arm: aim.push(component) for arm, aim in aims.items()}, {})
    asking = _asking_for_it(bench)
    name = digest([asking, gauge.prompts, FIRST_TOKENS])
    rows = journal.get(name)
    if rows is None:
        run.conduct.check()
        model = run.variants.model(bench.settings.variant)
        nats = float(prompt_divergences(model, gauge.words, asking).mean())
        rows = journal.add(name, [{"arm": PROMPT, "divergence": nats if isfinite(nats) else None}])
    pushed = {arm: nats if isfinite(nats) else None for arm, nats in found.items()}
    return {**pushed, PROMPT: rows[0]["divergence"]}


def _asking_for_it(bench: Bench) -> list[Ids]:
    """The neutral prompts below the system prompt that asks for the trait."""
    renderer = bench.run.variants.renderer(bench.settings.variant)
    asking = prompt_baseline(bench.trait, bench.settings.push)
    return [renderer.ids(one.text, asking) for one in load_prompt_set(PROMPT_SET).prompts[:PROMPTS]]


def _accuracy(bench: Bench, winner: Aim) -> dict[str, float | int | None]:
    """Shares of the items answered right, and their difference."""
    run, settings = bench.run, bench.settings
    # Unsteered, all traits have the same answers: they are kept for all of them.
    plain = answered_right(
        run, settings, Journal(run.experiment.layout.choices(settings.variant)), "unsteered", None
    )
    journal = Journal(bench.answers.path.parent / CHOICES)
    push = winner.push(run.experiment.config.extract.component)
    found = accuracy(plain, answered_right(run, settings, journal, "winner", push), run.seed)
    return {
        "unsteered": found.unsteered,
        "steered": found.steered,
        **interval_row("change", found.change),
        "items": found.change.n,
    }
