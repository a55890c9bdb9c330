"""How every stage of an experiment stands, and why; looks at manifests only, loads no weights."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from traitscope.config import InferSettings
from traitscope.config.order import STAGES as STAGES
from traitscope.experiment import Artefact, State, digest, read_manifest
from traitscope.experiment.artefact import StateName
from traitscope.experiment.lock import worker
from traitscope.pipeline.check.stage import check_artefact, judges_used, uncheckable
from traitscope.pipeline.compare.cause import cause_artefact
from traitscope.pipeline.compare.stage import comparison_artefact, comparisons
from traitscope.pipeline.extract.bank import bank_artefact, is_bank_wanted
from traitscope.pipeline.extract.completing import completions_artefact
from traitscope.pipeline.extract.stage import extraction
from traitscope.pipeline.infer.project import projection_artefact
from traitscope.pipeline.infer.stage import (
    Asked,
    answers_artefact,
    is_inferred,
    prompt_sets,
    questions_asked,
    reading_artefact,
    readings,
    readings_compared,
)
from traitscope.pipeline.run import Run
from traitscope.pipeline.steer.damage import damage_artefact
from traitscope.pipeline.steer.specificity import specificity_artefact
from traitscope.pipeline.steer.stage import LEFT_OUT, is_unrefined, steered_traits, steering
from traitscope.pipeline.vet.stage import vetted_traits, vetting_artefact

NO_VET = State("skipped", "the file has no 'vet'")
PROJECTIONS, SPECIFICITY, DAMAGE = ": projections", ": specificity", ": damage"
"""How subjects end that rest on a winner."""
UNREFINED = State("done", f"{LEFT_OUT}; a run goes on with them")
WORST_FIRST: tuple[StateName, ...] = ("failed", "stale", "running", "missing", "done", "skipped")


class Standing(NamedTuple):
    """One piece of work: its stage, what it is about, and how it stands."""

    stage: str
    subject: str
    state: State
    seconds: float
    trait: str | None = None
    """Whose it is; None where it is of all traits."""
    prompts: str | None = None
    """Which prompt set it is about; None where it is about none or about all."""


class Piece(NamedTuple):
    """An artefact and what to call it."""

    stage: str
    subject: str
    artefact: Artefact
    trait: str | None = None
    """Whose it is; None where it is of all traits."""
    prompts: str | None = None
    """Which prompt set it is about; None where it is about none or about all."""


def pieces(run: Run) -> Iterator[Piece]:
    """Every artefact of the experiment but the report, in the order in which they are made."""
    config = run.experiment.config
    if config.vet is not None:
        for name, trait in vetted_traits(run, config.vet).items():
            yield Piece("vet", name, vetting_artefact(run, trait, config.vet), name)
    for name, trait in run.traits.items():
        yield Piece("extract", f"{name}: completions", completions_artefact(run, trait), name)
        yield Piece("extract", name, extraction(run, trait), name)
    if is_bank_wanted(run):
        yield Piece("extract", "neutral scenes", bank_artefact(run))
    for checked in judges_used(run):
        if uncheckable(checked) is None:
            subject = f"{checked.trait.name}: {checked.judge}"
            subject += " (coherence)" if checked.kind == "coherence" else ""
            yield Piece("check", subject, check_artefact(run, checked), checked.trait.name)
    if config.steer is not None:
        for name, trait in steered_traits(run).items():
            for what, artefact in steering(run, trait, config.steer)._asdict().items():
                yield Piece("steer", f"{name}: {what}", artefact, name)
            specific = specificity_artefact(run, trait, config.steer)
            yield Piece("steer", f"{name}{SPECIFICITY}", specific, name)
            yield Piece("steer", f"{name}{DAMAGE}", damage_artefact(run, trait, config.steer), name)
    if config.infer is not None:
        sets, questions = prompt_sets(run), questions_asked(run)
        for variant in config.infer.variants:
            for asked in (*sets, *questions):
                artefact = answers_artefact(run, variant, asked, config.infer)
                prompts = asked.name if asked in sets else None
                yield Piece("infer", f"{variant} answers {asked.name}", artefact, prompts=prompts)
        for reading in readings(run, sets):
            prompts = reading.prompts.name
            words = "its own words" if reading.reader == reading.writer else f"{reading.writer}'s words"
            subject = f"{reading.reader} reads {words}{config.infer.on_set(prompts)}"
            artefact = reading_artefact(run, reading, config.infer)
            yield Piece("infer", subject, artefact, prompts=prompts)
            artefact = projection_artefact(run, reading, config.infer)
            yield Piece("infer", f"{subject}{PROJECTIONS}", artefact, prompts=prompts)
        for one in comparisons(run):
            prompts = one.prompts.name
            subject = f"{one.pair.before} against {one.pair.after}{config.infer.on_set(prompts)}"
            artefact = comparison_artefact(run, one, config.infer)
            yield Piece("compare", subject, artefact, prompts=prompts)
            if config.compare.cause:
                cause = cause_artefact(run, one, config.infer)
                yield Piece("compare", f"{subject}: cause", cause, prompts=prompts)


def status(run: Run) -> list[Standing]:
    """How every piece stands; before anything was made, all are missing and nothing is looked up."""
    return standings(run, list(pieces(run)) if has_begun(run) else None)


def has_begun(run: Run) -> bool:
    """Whether anything was ever made."""
    return run.experiment.layout.record.exists()


def standings(run: Run, made: Sequence[Piece] | None) -> list[Standing]:
    """How every piece stands, in the order of the stages.

    Args:
        made: the pieces; None before anything was made.
    """
    if made is None:
        return [_not_begun(run, stage) for stage in STAGES]
    work = [*made, Piece("report", "", report_artefact(run, made))]
    process = worker(run.experiment.layout.lock)
    found = [*(_standing(piece, process) for piece in work), *_skipped(run)]
    found = [_unrefined(run, _waiting(run, one)) for one in found]
    return sorted(found, key=lambda one: STAGES.index(one.stage))


def is_any_inferred(run: Run) -> bool:
    """Whether anything can be compared, while other prompt sets may wait for time."""
    settings = run.experiment.config.infer
    return settings is not None and any(_is_ready(run, one, settings) for one in prompt_sets(run))


def stage_state(found: list[Standing], stage: str) -> StateName:
    """The state of a whole stage: that of its worst piece."""
    states = {one.state.name for one in found if one.stage == stage}
    return next((state for state in WORST_FIRST if state in states), "skipped")


def stage_seconds(found: list[Standing], stage: str) -> float:
    """Seconds that a stage's present artefacts took."""
    return round(sum(one.seconds for one in found if one.stage == stage), 2)


def seconds_on_winners(found: Iterable[Standing], refined: Collection[str]) -> float:
    """Seconds taken by what another winner makes stale: projections and comparisons, and what was
    measured of the winners of traits that are yet to be refined."""
    return sum(
        one.seconds
        for one in found
        if one.stage == "compare"
        or one.subject.endswith(PROJECTIONS)
        or (one.trait in refined and one.subject.endswith((SPECIFICITY, DAMAGE)))
    )


def is_up_to_date(found: Sequence[Standing], stages: Sequence[str]) -> bool:
    """Whether nothing of the stages is left to do."""
    return all(one.state.name in ("done", "skipped") for one in found if one.stage in stages)


def of_chosen(run: Run, found: Sequence[Standing]) -> list[Standing]:
    """The pieces of the traits that are worked on, and those of no single trait."""
    return [one for one in found if one.trait is None or run.works_on(one.trait)]


def report_artefact(run: Run, made: Iterable[Piece]) -> Artefact:
    """The page: it shows every other artefact, `made`, so it depends on them all."""
    parts = {
        f"{piece.stage} {piece.subject}": f"{piece.artefact.state().name} {piece.artefact.fingerprint}"
        for piece in made
    }
    parts["definitions"] = digest([[trait.name, trait.definition] for trait in run.traits.values()])
    shown = run.experiment.config.compare
    if shown.groups or shown.series:
        parts["compare"] = digest([list(shown.groups), [list(one) for one in shown.series]])
    return Artefact(
        run.experiment.layout.report, "report", parts, files=("index.html", "report.md", "figures")
    )


def _standing(piece: Piece, process: int | None) -> Standing:
    """How a piece stands; one that was begun is at work only while the process in the lock file is."""
    manifest, state = read_manifest(piece.artefact.path), piece.artefact.state()
    seconds = float(manifest.get("seconds", 0.0)) if manifest else 0.0
    if state.name == "running":
        why = f" ({state.reason})" if state.reason else ""
        stopped = f"stopped before its end{why}; a run goes on from there"
        state = State("running", f"process {process} is at it" if process else stopped)
    return Standing(piece.stage, piece.subject, state, seconds, piece.trait, piece.prompts)


def _waiting(run: Run, one: Standing) -> Standing:
    """A comparison that is not made yet, with the prompt set that is not inferred as its reason."""
    settings = run.experiment.config.infer
    if settings is None or one.stage != "compare" or one.state.name != "missing":
        return one
    prompts = next((found for found in prompt_sets(run) if found.name == one.prompts), None)
    if prompts is None or _is_ready(run, prompts, settings):
        return one
    return one._replace(state=State("missing", f"waits for infer on {one.prompts}"))


def _is_ready(run: Run, prompts: Asked, settings: InferSettings) -> bool:
    """Whether what is compared of a prompt set is inferred and projected."""
    return is_inferred(run, prompts, settings) and all(
        projection_artefact(run, one, settings).is_done() for one in readings_compared(run, prompts)
    )


def _unrefined(run: Run, one: Standing) -> Standing:
    """A search that is done, but for its refinement, with that as its reason."""
    settings = run.experiment.config.steer
    if settings is None or one.trait is None or one.state.name != "done":
        return one
    if one.stage != "steer" or one.subject != f"{one.trait}: search":
        return one
    return one._replace(state=UNREFINED) if is_unrefined(run, run.traits[one.trait], settings) else one


def _not_begun(run: Run, stage: str) -> Standing:
    if stage == "vet" and run.experiment.config.vet is None:
        return Standing(stage, "", NO_VET, 0.0)
    return Standing(stage, "", State("missing", "not made yet"), 0.0)


def _skipped(run: Run) -> list[Standing]:
    config = run.experiment.config
    left_out = {name: config.why_not_steered(name) for name in run.traits}
    skipped = [
        Standing("steer", name, State("skipped", reason), 0.0, name)
        for name, reason in left_out.items()
        if reason
    ]
    if config.vet is None:
        skipped.append(Standing("vet", "", NO_VET, 0.0))
    else:
        skipped += [
            Standing("vet", name, State("skipped", "its judge cannot score this trait"), 0.0, name)
            for name in run.traits
            if name not in vetted_traits(run, config.vet)
        ]
    for checked in judges_used(run):
        reason = uncheckable(checked)
        if reason is not None:
            subject = f"{checked.trait.name}: {checked.judge}"
            skipped.append(Standing("check", subject, State("skipped", reason), 0.0, checked.trait.name))
    if config.infer is None:
        skipped.append(Standing("infer", "", State("skipped", "the file has no 'infer'"), 0.0))
    if not config.comparisons:
        skipped.append(Standing("compare", "", State("skipped", "the file has no 'compare'"), 0.0))
    return skipped
