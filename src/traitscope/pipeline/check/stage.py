"""Stage check: is each judge worth its word? Trait judges on labelled answers, coherence on steered ones.

Nothing rests on this stage: a judge that fails, or could not be checked, is named at the top of the report.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from traitscope.config import Choice, ClassifierJudgeSettings, SteerSettings, judge_name, judge_settings
from traitscope.data import Trait, split_questions
from traitscope.errors import WorkError
from traitscope.experiment import Artefact, Journal, digest
from traitscope.experiment.files import read_json, write_json
from traitscope.judging.check import check_judge, why_not_checked
from traitscope.judging.check_record import JudgeCheck
from traitscope.judging.coherence_check import CHECKED_QUESTIONS, CoherenceCheck, check_coherence
from traitscope.judging.injections import read_injections
from traitscope.pipeline.check.coherence_groups import group_scores, layers_checked
from traitscope.pipeline.extract.completing import completions_artefact
from traitscope.pipeline.extract.stage import extracted_traits, extraction
from traitscope.pipeline.infer.stage import judge_choice, judged_traits
from traitscope.pipeline.judge.judge_parts import coherence_parts, judge_parts
from traitscope.pipeline.judge.judges import label
from traitscope.pipeline.judge.scoring import trait_prompt
from traitscope.pipeline.judge.trait_judge import learns_completions, trait_judge
from traitscope.pipeline.run import Run
from traitscope.pipeline.steer.nesting import drawing
from traitscope.pipeline.steer.stage import settings_of, steered_traits
from traitscope.pipeline.vet.stage import vetted_traits
from traitscope.report.check_page import write_check_page

VERSION = "1"
FILE = "check.json"
PAGE = "check.html"

Kind = Literal["trait", "coherence"]
StandingName = Literal["passed", "failed", "unchecked"]


@dataclass(frozen=True)
class Checked:
    """A judge of one trait, or of the coherence of its answers, and what it is checked on."""

    trait: Trait
    judge: str
    """As the file names it."""
    kind: Kind
    choice: Choice
    where: str
    """The key that chose it."""
    stages: frozenset[str] = frozenset()
    """The stages that ask it, its check left aside."""


@dataclass(frozen=True)
class JudgeStanding:
    """What is known of a judge."""

    checked: Checked
    state: StandingName
    reasons: tuple[str, ...]
    """Why it failed, or was not checked; empty where it passed."""


def judges_used(run: Run) -> list[Checked]:
    """Every judge that this experiment's figures rest on, by trait."""
    config = run.experiment.config
    found: dict[tuple[str, str, str], Checked] = {}

    def use(stage: str, trait: Trait, choice: Choice, where: str, kind: Kind = "trait") -> None:
        name = judge_name(choice, trait.name)
        if name is not None:
            key = (trait.name, name, kind)
            one = found.get(key) or Checked(trait, name, kind, choice, where)
            found[key] = replace(one, stages=one.stages | {stage})

    if config.steer is not None:
        for trait in steered_traits(run).values():
            use("steer", trait, config.steer.judge, "steer.judge")
            use("steer", trait, config.steer.coherence, "steer.coherence", "coherence")
    if config.comparisons:
        for trait in judged_traits(run).values():
            use(
                "compare",
                trait,
                judge_choice(run),
                "compare.judge" if config.compare.judge else "steer.judge",
            )
    if config.vet is not None:
        for trait in vetted_traits(run, config.vet).values():
            use("vet", trait, config.vet.judge, "vet.judge")
    return list(found.values())


def asked_in(checked: Checked) -> frozenset[str]:
    """The stages that ask a judge."""
    return checked.stages if uncheckable(checked) else checked.stages | {"check"}


def check_artefact(run: Run, checked: Checked) -> Artefact:
    """One judge's check, and what it depends on."""
    kind = "" if checked.kind == "trait" else "-coherence"
    folder = run.experiment.layout.check(checked.trait.name, f"{checked.judge}{kind}")
    parts = _coherence_parts(run, checked) if checked.kind == "coherence" else _trait_parts(run, checked)
    files = (FILE, PAGE) if checked.kind == "trait" else (FILE, "answers.jsonl")
    return Artefact(folder, "check", parts | {"seed": str(run.seed), "version": VERSION}, files=files)


def page_path(artefact: Artefact) -> Path:
    """The page of a trait judge's check."""
    return artefact.folder / PAGE


def uncheckable(checked: Checked) -> str | None:
    """Why a judge cannot be checked; None where it can."""
    if checked.kind == "coherence":
        return None
    return why_not_checked(checked.trait.labelled)


def check(run: Run) -> None:
    """Check every judge that is used and not checked yet, or no longer truly."""
    able = extracted_traits(run)
    for checked in judges_used(run):
        if checked.trait.name in able and run.works_on(checked.trait.name):
            with run.conduct.attempt(f"check {_noun(checked)}"):
                check_one(run, checked)


def check_one(run: Run, checked: Checked) -> None:
    """Check one judge, unless that is done or cannot be."""
    if uncheckable(checked) is not None or check_artefact(run, checked).is_done():
        return
    artefact = check_artefact(run, checked)
    with run.making(artefact) as record:
        found: JudgeCheck | CoherenceCheck
        if checked.kind == "trait":
            run.progress.begin("check", _noun(checked), 1)
            found = _check_trait(run, checked)
            run.progress.advance(1, 0)
        else:
            found = _check_coherence(run, checked, artefact)
        write_json(artefact.folder / FILE, found.as_record())
        if isinstance(found, JudgeCheck):
            write_check_page(page_path(artefact), label(checked.judge, found.judge), found)
        record["passed"] = found.passed
        if checked.kind == "coherence":
            rows = Journal(artefact.folder / "answers.jsonl").all_rows()
            record["generated_tokens"] = sum(len(row["ids"]) for row in rows)
        run.progress.end()
    for sentence in found.failures:
        run.progress.say(f"{_noun(checked)} fails its check: {sentence}")


def load_check(run: Run, checked: Checked) -> dict[str, Any] | None:
    """The record of a check that is done and still true; None where there is none."""
    artefact = check_artefact(run, checked)
    if uncheckable(checked) is not None or not artefact.is_done():
        return None
    found: dict[str, Any] = read_json(artefact.folder / FILE)
    return found


def standings(run: Run) -> Iterator[JudgeStanding]:
    """What is known of every judge that is used."""
    for checked in judges_used(run):
        reason = uncheckable(checked)
        record = load_check(run, checked)
        if record is None:
            why = reason or "its check has not been run, or is no longer true"
            yield JudgeStanding(checked, "unchecked", (why,))
        else:
            yield JudgeStanding(
                checked, "passed" if record["passed"] else "failed", tuple(record["failures"])
            )


def _noun(checked: Checked) -> str:
    """A judge and its trait in a line."""
    kind = "" if checked.kind == "trait" else " (coherence)"
    return f"{checked.trait.name}: judge {checked.judge}{kind}"


def _trait_parts(run: Run, checked: Checked) -> dict[str, str]:
    labelled = [[one.question, one.answer, one.score] for one in checked.trait.labelled]
    return {
        "judge": judge_parts(run.experiment, checked.trait, checked.choice),
        "labelled": digest(labelled),
        "injections": digest([[one.id, one.text, one.harmless, one.place] for one in read_injections()]),
        **_learned_from(run, checked),
    }


def _learned_from(run: Run, checked: Checked) -> dict[str, str]:
    """What a classifier depends on beside its labels: the scenes, which it must not share words with, or what
    they were completed with."""
    if learns_completions(run, checked.trait, checked.choice):
        return {"completions": completions_artefact(run, checked.trait).fingerprint}
    if isinstance(judge_settings(run.experiment.config, checked.judge), ClassifierJudgeSettings):
        completions = completions_artefact(run, checked.trait)
        return {
            "scenes": digest([scene.words for scene in checked.trait.scenes]),
            "completions": completions.fingerprint if completions.is_done() else "none yet",
        }
    return {}


def _coherence_parts(run: Run, checked: Checked) -> dict[str, str]:
    trait = checked.trait
    settings = _steer(run, trait)
    renderer = run.variants.renderer(settings.variant)
    questions = _questions(run, trait)
    return {
        "judge": coherence_parts(run.experiment, checked.judge),
        "prompts": digest([renderer.ids(one, trait.system_prompt) for one in questions]),
        "judge prompt": digest([renderer.ids(one, trait_prompt(trait)) for one in questions]),
        "directions": extraction(run, trait).fingerprint,
        "settings": digest(
            [
                settings.competing_methods[0],
                settings.new_tokens,
                settings.positions,
                settings.push,
                layers_checked(run, settings),
                *drawing(settings, run.seed),
            ]
        ),
        **run.variants.parts(settings.variant),
    }


def _check_trait(run: Run, checked: Checked) -> JudgeCheck:
    trait = checked.trait
    made = trait_judge(run, trait, checked.choice, checked.where)
    again = run.judges.without_memory(checked.judge)
    return check_judge(made.judge, made.rubric, trait.labelled, read_injections(), run.seed, again)


def _check_coherence(run: Run, checked: Checked, artefact: Artefact) -> CoherenceCheck:
    trait = checked.trait
    settings = _steer(run, trait)
    layers = layers_checked(run, settings)
    reader = run.judges.of_coherence(checked.judge)
    journal = Journal(artefact.folder / "answers.jsonl")
    questions = _questions(run, trait)
    run.progress.begin("check", _noun(checked), len(questions) * (2 + 2 * len(layers)))
    scores = group_scores(run, trait, settings, questions, layers, reader, journal)
    try:
        return check_coherence(scores)
    except ValueError as error:
        mend = f"ask another judge; traitscope judge cache {run.experiment.config.name} export shows why"
        raise WorkError(
            f"{run.experiment.file}, steer.coherence", f"judge '{checked.judge}': {error}", mend
        ) from None


def _questions(run: Run, trait: Trait) -> tuple[str, ...]:
    settings = _steer(run, trait)
    return split_questions(trait, settings.questions, settings.report_questions, run.seed).search[
        :CHECKED_QUESTIONS
    ]


def _steer(run: Run, trait: Trait) -> SteerSettings:
    settings = run.experiment.config.steer
    assert settings is not None
    return settings_of(settings, trait)
