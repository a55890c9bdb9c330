"""Stage 2, steer: a coefficient search over all layers at once, then the winner on questions it never saw."""

from typing import Any, NamedTuple

from traitscope.config import SteerSettings, resolve_layers
from traitscope.data import Trait, split_questions
from traitscope.experiment import Artefact, Journal, digest
from traitscope.experiment.files import read_json, write_json
from traitscope.pipeline.bench import Bench, Steps
from traitscope.pipeline.extract import extracted_traits, extraction, load_directions
from traitscope.pipeline.interleaving import interleave
from traitscope.pipeline.judge_parts import coherence_parts, judge_parts
from traitscope.pipeline.proving import arm_row, prove
from traitscope.pipeline.run import Run
from traitscope.pipeline.scoring import Scorer, trait_prompt
from traitscope.pipeline.search import COSTS, evaluation_row, search
from traitscope.pipeline.trait_judge import trusted_judge
from traitscope.steering import best_overall, count_arms, most_answers, nothing_coherent, weakest_incoherent

ANSWERS_VERSION = "1"
SCORES_VERSION = "2"
SEARCH_VERSION = "2"
BEST = "best.json"
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
    """Steer every trait under `steer` that is not steered yet or no longer truly, with the model loaded once.

    Raises:
        InputError, WorkError: of the first trait that failed; what the others had by then is kept.
    """
    settings = run.experiment.config.steer
    if settings is None:
        return
    able = extracted_traits(run)
    todo = [
        trait
        for name, trait in steered_traits(run).items()
        if name in able and run.works_on(name) and not steering(run, trait, settings).are_done()
    ]
    if not todo:
        return
    run.progress.begin(
        "steer", ", ".join(trait.name for trait in todo), sum(_most_rows(run, one) for one in todo)
    )
    waited = interleave({f"steer {trait.name}": steer_trait(run, trait, settings) for trait in todo}, run)
    run.progress.end()
    if waited.seconds > SLOW * waited.of:
        run.progress.say(
            f"steer: waited for the judge {waited.seconds:.0f} s of {waited.of:.0f}: it is slower than the "
            "model; more concurrency under judges may help"
        )


def load_best(run: Run, trait: Trait, settings: SteerSettings) -> dict[str, Any]:
    """What steering found of a trait: the content of `best.json`."""
    found: dict[str, Any] = read_json(run.experiment.layout.steer(trait.name, settings.variant) / BEST)
    return found


def steer_trait(run: Run, trait: Trait, settings: SteerSettings) -> Steps[None]:
    """One trait from its first answer to `best.json`; its artefacts are being made while this is open."""
    found = steering(run, trait, settings)
    with run.making(found.answers) as made, run.making(found.scores) as judged, run.making(found.search):
        bench = _bench(run, trait, settings_of(settings, trait), found.answers)
        best = yield from _best(bench)
        write_json(found.search.folder / BEST, _judges(bench) | best | {"batches": bench.batches})
        made["seconds"], judged["seconds"] = bench.spent.answering, bench.spent.judging
        made["generated_tokens"] = sum(len(row["ids"]) for row in bench.answers.all_rows())
        judged["judged"] = 2 * len(bench.scores.all_rows())


def _best(bench: Bench) -> Steps[dict[str, Any]]:
    """The content of `best.json`: the search, its winner, and what proves it."""
    searched = yield from search(bench)
    settings, split, evaluations = bench.settings, bench.split, searched.evaluations
    found: dict[str, Any] = {
        "baseline": searched.baseline,
        "evaluations": [evaluation_row(one) for one in evaluations],
        "base_norms": {str(layer): norm for layer, norm in bench.base_norms.items()},
        "questions": {"search": split.search, "report": split.report, "in_sample": split.in_sample},
    }
    best = best_overall(evaluations, settings.push)
    if best is None:
        reason = nothing_coherent(evaluations, settings)
        bench.run.progress.say(f"{bench.trait.name}: {reason}")
        return found | {"best": None, "too_strong": None, "result": "not_shown", "reason": reason, "arms": []}
    broken = weakest_incoherent(evaluations, best.point.layer)
    proof = yield from prove(bench, best, broken)
    return found | {
        "best": evaluation_row(best),
        "too_strong": None if broken is None else evaluation_row(broken),
        "result": proof.verdict.result,
        "reason": proof.verdict.reason,
        "arms": [arm_row(one) for one in proof.arms],
    }


def _bench(run: Run, trait: Trait, settings: SteerSettings, answers: Artefact) -> Bench:
    directions = load_directions(run, trait, settings.method)
    layers = searched_layers(run, settings, len(directions.write))
    run.progress.say(f"{trait.name}: searching layers {', '.join(map(str, layers))}")
    folder = answers.folder
    judge = trusted_judge(run, trait, settings.judge)
    return Bench(
        run,
        trait,
        settings,
        split_questions(trait, settings.questions, settings.report_questions, run.seed),
        directions.write,
        {layer: float(directions.base_norm[layer]) for layer in layers},
        Journal(folder / "answers.jsonl"),
        Journal(folder / "scores.jsonl"),
        Scorer(run, settings.variant, trait, judge, run.judges.of_coherence(settings.coherence)),
        waits=run.judges.waits(judge.name) or run.judges.waits(settings.coherence),
    )


def _judges(bench: Bench) -> dict[str, Any]:
    """Who scored the answers, once all are scored."""
    judge = bench.scorer.judge.record(row["judge"] for row in bench.scores.all_rows())
    return {"judge": judge, **bench.scorer.coherence_record(bench.settings.coherence, bench.scores)}


def _most_rows(run: Run, trait: Trait) -> int:
    """Answers that a trait's steering takes at the most."""
    config = run.experiment.config.steer
    assert config is not None
    settings = settings_of(config, trait)
    split = split_questions(trait, settings.questions, settings.report_questions, run.seed)
    layers = searched_layers(run, settings, run.variants.shape(settings.variant).layers)
    searched = len(split.search) + most_answers(settings, len(layers))
    return searched + len(split.report) * count_arms().most
