"""Stage 2, steer: a coefficient search over all layers at once, then the winner on questions it never saw."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from traitscope.config import REFINEMENTS, SteerSettings, resolve_layers
from traitscope.data import Trait, split_questions
from traitscope.data.trait import prompt_baseline
from traitscope.experiment import Artefact, Journal, digest
from traitscope.experiment.files import read_json, write_json
from traitscope.pipeline.extract.stage import extracted_traits, extraction, load_directions
from traitscope.pipeline.judge.judge_parts import coherence_parts, judge_parts
from traitscope.pipeline.judge.scoring import Scorer, trait_prompt
from traitscope.pipeline.judge.trait_judge import trusted_judge
from traitscope.pipeline.run import Run
from traitscope.pipeline.steer.bench import Bench, Steps
from traitscope.pipeline.steer.controls import LENGTHS, controls_part
from traitscope.pipeline.steer.interleaving import interleave
from traitscope.pipeline.steer.nesting import drawing
from traitscope.pipeline.steer.pace import ANSWERING, JUDGING, seconds_an_answer, timed
from traitscope.pipeline.steer.proving import prove
from traitscope.pipeline.steer.search import COSTS, answer_unsteered, evaluation_row, refine, search
from traitscope.pipeline.steer.written import as_written
from traitscope.steering import (
    best_by_source,
    best_overall,
    competing_sources,
    count_arms,
    no_room,
    nothing_coherent,
    search_size,
    weakest_incoherent,
)

ANSWERS_VERSION = "2"
SCORES_VERSION = "2"
SEARCH_VERSION = "3"
BEST = "best.json"
CHOICES, DIVERGENCES = "choices.jsonl", "divergences.jsonl"
AWAY, AWAY_SCORES = "elsewhere.jsonl", "elsewhere-scores.jsonl"
"""What `pipeline/steer/damage.py` keeps beside the answers, by what was asked and pushed as they are."""
ELSEWHERE = {"traits", "skip", "damage", "variant", "judge", "coherence", "specificity", "method", "methods"}
"""Keys of `steer` that other parts of the choice's fingerprint hold, or that do not bear on it."""
LATER = ("samples", "temperature")
"""Keys that earlier versions did not have."""
NO_PROOF: dict[str, Any] = {"best": None, "too_strong": None, "beaten": [], "arms": [], "arm_notes": []}
"""What `best.json` holds where nothing won."""
LEFT_OUT = "finer layers are still to come"
"""What tables say of a trait that is not refined: time was short, or the order leaves that for later."""
KEPT = ("done", "running", "failed")
"""States of artefacts whose journals are true, as far as they go."""
SLOW = 0.1
"""Share of the time spent waiting from which a judge is called the slower side."""


class SteeringArtefacts(NamedTuple):
    """What steering makes of a trait; all three lie in one folder."""

    answers: Artefact
    scores: Artefact
    search: Artefact
    """What was chosen by them: `best.json`."""

    def are_done(self) -> bool:
        """Whether nothing is left to do."""
        return all(artefact.is_done() for artefact in self)


def steered_traits(run: Run) -> dict[str, Trait]:
    """The traits that are steered, by name."""
    settings = run.experiment.config.steer
    if settings is None:
        return {}
    return {name: run.traits[name] for name in run.experiment.config.steered_traits}


def settings_of(settings: SteerSettings, trait: Trait) -> SteerSettings:
    """The settings as they hold for one trait: its own layers and refinement, and the way it is pushed."""
    push = settings.push or ("suppress" if trait.direction == "negative" else "induce")
    own = {"layers": settings.layers_of(trait.name), "refine": settings.refine_of(trait.name), "push": push}
    return settings.model_copy(update=own)


def searched_layers(run: Run, settings: SteerSettings, depth: int) -> tuple[int, ...]:
    """The layers that one trait's settings name, of a model with `depth` of them.

    Raises:
        InputError: they, or those that are to be refined, are not there.
    """
    assert isinstance(settings.layers, str)
    assert isinstance(settings.refine, str)
    if settings.refine not in REFINEMENTS:
        resolve_layers(settings.refine, depth, f"{run.experiment.file}, steer.refine")
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
            "prompts": run.once(
                ("steered", settings.variant, trait.system_prompt, split[:2]),
                lambda: digest(
                    [renderer.ids(question, trait.system_prompt) for part in split[:2] for question in part]
                ),
            ),
            "settings": asked_settings(settings, run.seed),
            **run.variants.parts(settings.variant),
            "version": ANSWERS_VERSION,
        },
        "answers.manifest.json",
        ("answers.jsonl", COSTS, LENGTHS, CHOICES, DIVERGENCES, AWAY, ANSWERING),
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
            "questions": digest(
                [settings.questions, settings.report_questions]
                + ([settings.samples] if settings.temperature else [])
            ),
            "seed": str(run.seed),
            "version": SCORES_VERSION,
        },
        "scores.manifest.json",
        ("scores.jsonl", AWAY_SCORES, JUDGING),
    )
    search = Artefact(
        folder,
        "steer",
        {
            "scores": scores.fingerprint,
            "settings": digest(settings.model_dump(exclude=ELSEWHERE | settings.at_default(LATER))),
            "controls": controls_part(run, trait, settings),
            "prompt baseline": digest(prompt_baseline(trait, settings.push)),
            "competing": digest(competing_sources(run.experiment.config)),
            "version": SEARCH_VERSION,
        },
        "search.manifest.json",
        (BEST,),
    )
    return SteeringArtefacts(answers, scores, search)


def asked_settings(settings: SteerSettings, seed: int) -> str:
    """Digest of the settings that decide what is answered, and not what is asked or chosen."""
    return digest([settings.new_tokens, settings.positions, *drawing(settings, seed)])


def steer(run: Run) -> None:
    """Steer every trait under `steer` that is not steered yet or no longer truly, with the model loaded once.

    Raises:
        InputError, WorkError: of the first trait that failed; what the others had by then is kept.
    """
    settings = run.experiment.config.steer
    if settings is None:
        return
    able = extracted_traits(run)
    unrefined = unrefined_traits(run) if run.refines else []
    todo = [
        trait
        for name, trait in steered_traits(run).items()
        if name in able
        and run.works_on(name)
        and (name in unrefined or not steering(run, trait, settings).are_done())
    ]
    if not todo:
        return
    run.progress.begin(
        "steer", ", ".join(trait.name for trait in todo), sum(_most_rows(run, one) for one in todo)
    )
    works = {f"steer {trait.name}": steer_trait(run, trait, settings) for trait in todo}
    waited = interleave(works, run, _pace(run, todo, settings))
    run.progress.end()
    if waited.seconds > SLOW * waited.of:
        run.progress.say(
            f"steer: waited for the judge {waited.seconds:.0f} s of {waited.of:.0f}: it is slower than the "
            "model; more concurrency under judges may help"
        )


def unrefined_traits(run: Run) -> list[str]:
    """Traits whose searches are done but for their refinement."""
    settings = run.experiment.config.steer
    if settings is None:
        return []
    return [
        name
        for name, trait in steered_traits(run).items()
        if steering(run, trait, settings).are_done() and is_unrefined(run, trait, settings)
    ]


def is_unrefined(run: Run, trait: Trait, settings: SteerSettings) -> bool:
    """Whether what a search found last left its refinement out."""
    path = run.experiment.layout.steer(trait.name, settings.variant) / BEST
    return path.exists() and bool(read_json(path)["out_of_time"])


def search_print(run: Run, trait: Trait, settings: SteerSettings) -> str:
    """What depends on a search depends on: its fingerprint, and, as long as it is not refined, what it found,
    which is written again where lost scores came."""
    fingerprint = steering(run, trait, settings).search.fingerprint
    if not is_unrefined(run, trait, settings):
        return fingerprint
    return f"{fingerprint}, not refined: {digest(load_best(run, trait, settings))}"


def load_best(run: Run, trait: Trait, settings: SteerSettings) -> dict[str, Any]:
    """What steering found of a trait: the content of `best.json`."""
    found: dict[str, Any] = read_json(run.experiment.layout.steer(trait.name, settings.variant) / BEST)
    return found


def steer_trait(run: Run, trait: Trait, settings: SteerSettings) -> Steps[None]:
    """One trait from its first answer to `best.json`; its artefacts are being made while this is open.

    Where only its refinement was left out they stay done, with what was found, until that is there: stopped
    in between, nothing is lost. Refused once more, what was found is written again: scores that were lost
    may be there by now.
    """
    found = steering(run, trait, settings)
    folder, own = found.answers.folder, settings_of(settings, trait)
    if found.are_done():
        bench = replace(bench_of(run, trait, own, folder), proved=True, timed=timed(folder))
        best = yield from _best(bench)
        with _making(run, found) as records:
            _write(bench, found, best, records)
        return
    with _making(run, found) as records:
        bench = replace(bench_of(run, trait, own, folder), timed=timed(folder))
        run.progress.say(f"{trait.name}: searching {_searched(bench)}")
        try:
            best = yield from _best(bench)
        finally:
            _record_seconds(bench, records)
        _write(bench, found, best, records)


@contextmanager
def _making(run: Run, found: SteeringArtefacts) -> Iterator[tuple[dict[str, Any], ...]]:
    with ExitStack() as stack:
        yield tuple(stack.enter_context(run.making(artefact)) for artefact in found)


def _write(
    bench: Bench, found: SteeringArtefacts, best: dict[str, Any], records: tuple[dict[str, Any], ...]
) -> None:
    made, judged, _ = records
    said = {"written": as_written(bench.run, bench.trait, bench.settings), "batches": bench.batches}
    write_json(found.search.folder / BEST, _judges(bench) | best | said)
    _record_seconds(bench, records)
    made["generated_tokens"] = sum(len(row["ids"]) for row in bench.answers.all_rows())
    judged["judged"] = 2 * len(bench.scores.all_rows())


def _record_seconds(bench: Bench, records: tuple[dict[str, Any], ...]) -> None:
    """What each artefact took, stopped or not: traits take turns, so that the time since they were begun is
    not their own."""
    seconds = (bench.spent.answering, bench.spent.judging, 0.0)
    for record, own in zip(records, seconds, strict=True):
        record["seconds"] = own


def _best(bench: Bench) -> Steps[dict[str, Any]]:
    """The content of `best.json`: the search, its winner, and what proves it."""
    settings, split = bench.settings, bench.split
    unsteered = yield from answer_unsteered(bench)
    found: dict[str, Any] = {
        "baseline": unsteered.baseline,
        "evaluations": [],
        "out_of_time": False,
        "base_norms": {},
        "questions": {"search": split.search, "report": split.report, "in_sample": split.in_sample},
    }
    full = no_room(unsteered.baseline, settings)
    if full is not None:
        bench.run.progress.say(f"{bench.trait.name}: {full}")
        return found | {"result": "skipped", "reason": full, **NO_PROOF}
    searched = yield from search(bench, unsteered.scores)
    searched = yield from refine(bench, searched)
    evaluations, main = searched.evaluations, bench.norms[next(iter(bench.directions))]
    tried = dict.fromkeys([*bench.layers, *(one.point.layer for one in evaluations)])
    found |= {
        "evaluations": [evaluation_row(one) for one in evaluations],
        "out_of_time": searched.out_of_time,
        "base_norms": {str(layer): main[layer] for layer in sorted(tried)},
    }
    best = best_overall(evaluations, settings.push)
    if best is None:
        reason = nothing_coherent(evaluations, settings)
        bench.run.progress.say(f"{bench.trait.name}: {reason}")
        return found | {"result": "not_shown", "reason": reason, **NO_PROOF}
    rivals = best_by_source(evaluations, settings.push)
    broken = weakest_incoherent(evaluations, best.point.layer)
    proof = yield from prove(bench, best, broken)
    return found | {
        "best": evaluation_row(best),
        "too_strong": None if broken is None else evaluation_row(broken),
        "beaten": [
            {**source._asdict(), "best": evaluation_row(rivals[source]) if source in rivals else None}
            for source in bench.directions
            if source != best.point.source
        ],
        "result": proof.verdict.result,
        "reason": proof.verdict.reason,
        "arms": proof.rows,
        "arm_notes": proof.notes,
    }


def bench_of(run: Run, trait: Trait, settings: SteerSettings, folder: Path) -> Bench:
    """What one trait's batches follow from, by settings as they hold for it, its journals in a folder.

    Raises:
        InputError: a judge cannot be made or is not worth asking, or there are too few questions.
        WorkError: the directions are missing or damaged.
    """
    sources = competing_sources(run.experiment.config)
    directions = {source: load_directions(run, trait, *source) for source in sources}
    layers = searched_layers(run, settings, len(directions[sources[0]].write))
    judge = trusted_judge(run, trait, settings.judge)
    return Bench(
        run,
        trait,
        settings,
        split_questions(trait, settings.questions, settings.report_questions, run.seed),
        directions,
        layers,
        Journal(folder / "answers.jsonl"),
        Journal(folder / "scores.jsonl"),
        Scorer(run, settings.variant, trait, judge, run.judges.of_coherence(settings.coherence)),
        waits=run.judges.waits(judge.name) or run.judges.waits(settings.coherence),
    )


def _searched(bench: Bench) -> str:
    """Where, and along what if several directions compete."""
    along = f" along {'; '.join(map(str, bench.directions))}" if len(bench.directions) > 1 else ""
    return f"layers {', '.join(map(str, bench.layers))}{along}"


def _judges(bench: Bench) -> dict[str, Any]:
    """Who scored the answers, once all are scored."""
    judge = bench.scorer.judge.record(row["judge"] for row in bench.scores.all_rows())
    return {"judge": judge, **bench.scorer.coherence_record(bench.settings.coherence, bench.scores)}


def _pace(run: Run, traits: Sequence[Trait], settings: SteerSettings) -> float | None:
    """Seconds that an answer took, judged, in what is true of these traits; None where none was timed."""
    found = [steering(run, trait, settings) for trait in traits]
    return seconds_an_answer(timed(one.scores.folder) for one in found if one.scores.state().name in KEPT)


def _most_rows(run: Run, trait: Trait) -> int:
    """Answers that a trait's steering takes at the most."""
    config = run.experiment.config.steer
    assert config is not None
    settings = settings_of(config, trait)
    split = split_questions(trait, settings.questions, settings.report_questions, run.seed)
    depth = run.variants.shape(settings.variant).layers
    layers = searched_layers(run, settings, depth)
    sources = len(competing_sources(run.experiment.config))
    searched = len(split.search) + search_size(settings, layers, depth, sources).answers
    reported = len(split.report) * count_arms(settings, len(run.traits)).most
    return settings.samples * (searched + reported)
