"""Stage check: is each judge worth its word? Trait judges on labelled answers, coherence on steered ones.

Nothing rests on this stage: a judge that fails, or could not be checked, is named at the top of the report.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from traitscope.config import SteerSettings, judge_name
from traitscope.data import Trait, split_questions
from traitscope.errors import InputError, WorkError
from traitscope.experiment import Artefact, Journal, digest
from traitscope.experiment.files import read_json, write_json
from traitscope.judging.check import FEWEST_LABELLED, check_judge
from traitscope.judging.check_record import JudgeCheck
from traitscope.judging.coherence_check import CoherenceCheck, check_coherence
from traitscope.judging.injections import read_injections
from traitscope.pipeline.coherence_groups import group_scores, layers_checked
from traitscope.pipeline.extract import extraction
from traitscope.pipeline.infer import judge_choice, judged_traits
from traitscope.pipeline.judges import Choice, coherence_parts, judge_parts
from traitscope.pipeline.run import Run
from traitscope.pipeline.scoring import trait_prompt
from traitscope.pipeline.steer import settings_of, steered_traits
from traitscope.pipeline.trait_judge import trait_judge
from traitscope.pipeline.vet import vetted_traits
from traitscope.report.check_page import write_check_page

VERSION = "1"
FILE = "check.json"
PAGE = "check.html"
QUESTIONS = 10
"""Questions that coherence is checked on: the first ones searched."""

StandingName = Literal["passed", "failed", "unchecked"]


@dataclass(frozen=True)
class Checked:
    """A judge of one trait, or of the coherence of its answers, and what it is checked on."""

    trait: Trait
    judge: str
    """As the file names it."""
    kind: Literal["trait", "coherence"]
    choice: Choice
    where: str
    """The key that chose it."""


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

    def use(trait: Trait, choice: Choice, where: str) -> None:
        name = judge_name(choice, trait.name)
        if name is not None:
            found.setdefault((trait.name, name, "trait"), Checked(trait, name, "trait", choice, where))

    if config.steer is not None:
        for trait in steered_traits(run).values():
            use(trait, config.steer.judge, "steer.judge")
            name = config.steer.coherence
            found[(trait.name, name, "coherence")] = Checked(
                trait, name, "coherence", name, "steer.coherence"
            )
    if config.compare:
        for trait in judged_traits(run).values():
            use(trait, judge_choice(run), "steer.judge")
    if config.vet is not None:
        for trait in vetted_traits(run, config.vet).values():
            use(trait, config.vet.judge, "vet.judge")
    return list(found.values())


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
    labelled = len(checked.trait.labelled)
    if checked.kind == "trait" and labelled < FEWEST_LABELLED:
        return f"there are {labelled} labelled answers, and a check takes {FEWEST_LABELLED}"
    return None


def check(run: Run) -> None:
    """Check every judge that is used and not checked yet, or no longer truly."""
    for checked in judges_used(run):
        check_one(run, checked)


def check_one(run: Run, checked: Checked) -> None:
    """Check one judge, unless that is done or cannot be."""
    if uncheckable(checked) is not None or check_artefact(run, checked).is_done():
        return
    artefact = check_artefact(run, checked)
    with run.making(artefact) as record:
        noun = checked.judge if checked.kind == "trait" else f"{checked.judge} (coherence)"
        run.progress.begin("check", f"{checked.trait.name}: {noun}", 1)
        found = (
            _check_trait(run, checked)
            if checked.kind == "trait"
            else _check_coherence(run, checked, artefact)
        )
        write_json(artefact.folder / FILE, found.as_record())
        if isinstance(found, JudgeCheck):
            write_check_page(page_path(artefact), checked.judge, found)
        record["passed"] = found.passed
        if checked.kind == "coherence":
            rows = Journal(artefact.folder / "answers.jsonl").all_rows()
            record["generated_tokens"] = sum(len(row["ids"]) for row in rows)
        run.progress.advance(1, 0)
        run.progress.end()
    for sentence in found.failures:
        run.progress.say(f"{checked.trait.name}: judge {noun} fails its check: {sentence}")


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


def _trait_parts(run: Run, checked: Checked) -> dict[str, str]:
    labelled = [[one.question, one.answer, one.score] for one in checked.trait.labelled]
    return {
        "judge": judge_parts(run.experiment, checked.trait, checked.choice),
        "labelled": digest(labelled),
        "injections": digest([[one.id, one.text, one.harmless, one.place] for one in read_injections()]),
    }


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
        "settings": digest([settings.method, settings.new_tokens, settings.positions, settings.layers]),
        **run.variants.parts(settings.variant),
    }


def _check_trait(run: Run, checked: Checked) -> JudgeCheck:
    trait = checked.trait
    made = trait_judge(run, trait, checked.choice, checked.where)
    again = run.judges.without_memory(checked.judge)
    try:
        return check_judge(made.judge, made.rubric, trait.labelled, read_injections(), run.seed, again)
    except InputError as error:
        raise InputError(str(trait.folder / "labelled.jsonl"), error.what, error.mend) from None


def _check_coherence(run: Run, checked: Checked, artefact: Artefact) -> CoherenceCheck:
    trait = checked.trait
    settings = _steer(run, trait)
    layers = layers_checked(run, settings)
    reader = run.judges.of_coherence(checked.judge)
    journal = Journal(artefact.folder / "answers.jsonl")
    scores = group_scores(run, trait, settings, _questions(run, trait), layers, reader, journal)
    try:
        return check_coherence(scores)
    except ValueError as error:
        mend = "look at the reasons in the judge's cache (traitscope judge cache)"
        raise WorkError(f"judge {checked.judge}", str(error), mend) from None


def _questions(run: Run, trait: Trait) -> tuple[str, ...]:
    settings = _steer(run, trait)
    return split_questions(trait, settings.questions, settings.report_questions, run.seed).search[:QUESTIONS]


def _steer(run: Run, trait: Trait) -> SteerSettings:
    settings = run.experiment.config.steer
    assert settings is not None
    return settings_of(settings, trait)
