"""Stored answers judged again after a changed definition or judge; no steered model is loaded.

The last finished search says which answers count. Once they are judged, the trait's steering is gone over
with a model that cannot be loaded. Where it asks for answers that are all there, it comes to its end, and a
run finds nothing to do; where it asks for others it stops, and a run goes on from there.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from traitscope.config import LIKELIHOOD, SteerSettings
from traitscope.data import Trait
from traitscope.errors import InputError
from traitscope.experiment import Experiment, Journal
from traitscope.judging import Judgement
from traitscope.models import Model
from traitscope.pipeline.choosing import choose
from traitscope.pipeline.conduct import Conduct, Stopped
from traitscope.pipeline.judge.judges import COHERENCE, judged
from traitscope.pipeline.judge.scoring import kept_scores, score_row
from traitscope.pipeline.judge.trait_judge import trusted_judge
from traitscope.pipeline.past.rescored import rescored_view
from traitscope.pipeline.past.searches import PastSearch, finished_searches
from traitscope.pipeline.report.summary import write_summary
from traitscope.pipeline.run import Run, running
from traitscope.pipeline.steer.bench import (
    Bench,
    Refinement,
    Steps,
    Wanted,
    answer_piece,
    by_arm,
    judge_piece,
    pieces,
)
from traitscope.pipeline.steer.stage import SteeringArtefacts, steer_trait, steered_traits, steering
from traitscope.pipeline.variants import Variants
from traitscope.progress import Progress, Silence
from traitscope.report.rescore_view import Outcome, RescoreView
from traitscope.report.values import Absent

MENDED = ("coherence", "judge", "judge prompt")
"""Parts of the scores' fingerprint that judging again brings up to date."""


class NeedsModel(Stopped):
    """Answers are wanted that are not there."""


class WithoutModels(Variants):
    """Variants that render prompts, and whose weights stay where they are."""

    def bare_model(self, name: str) -> Model:
        """Never a model.

        Raises:
            NeedsModel: always.
        """
        raise NeedsModel(f"answers are wanted that '{name}' has still to give")


def rescore(
    experiment: Experiment,
    traits: Sequence[str] | None = None,
    progress: Progress | None = None,
    conduct: Conduct | None = None,
) -> list[RescoreView]:
    """Judge the stored answers of the traits (all steered ones, if none are named) by what the file says now.

    Raises:
        Stopped: the deadline of `conduct` is over, or somebody asked; what was judged is kept.
        InputError: nothing is steered, there is no such trait, a named one has no answers that can be judged
            again, or a judge cannot be made.
        WorkError: disk, a damaged artefact, a judge that fails, or another process holds the experiment.
    """
    chosen = choose(experiment, ("steer",), traits).traits
    settings = experiment.config.steer
    if settings is None:
        what = "there is no 'steer', so that there are no answers to judge again"
        raise InputError(str(experiment.file), what, "add it, and run")
    with running(experiment, progress or Silence(), conduct) as loading:
        resolved = experiment.resolved_variants()
        variants = WithoutModels(experiment, resolved, loading.progress)
        run = replace(loading, variants=variants, chosen=chosen)
        try:
            return [
                _rescore(run, trait, settings)
                for name, trait in steered_traits(run).items()
                if run.works_on(name)
            ]
        finally:
            write_summary(run)


def _rescore(run: Run, trait: Trait, settings: SteerSettings) -> RescoreView:
    found, searches = steering(run, trait, settings), finished_searches(run.experiment, trait.name)
    reason = _cannot(found, searches, settings)
    if reason is not None:
        if run.chosen is not None:
            what, _, mend = reason.partition("; ")
            raise InputError(f"{run.experiment.config.name}, {trait.name}", what, mend)
        return RescoreView(trait.name, Absent(reason))
    last = searches[-1]
    if _is_up_to_date(found, last):
        nothing = (
            "its scores are by the definition and the judges that the file names; nothing to judge again"
        )
        return RescoreView(trait.name, Absent(nothing))
    # Before anything is archived: a key that is missing, or a judge that is too weak.
    trusted_judge(run, trait, settings.judge)
    changed, past = _changed(found, last), Journal(last.scored)
    steps = steer_trait(replace(run, progress=Silence()), trait, settings)
    wanted = next(steps)
    assert isinstance(wanted, Wanted)
    again = _Again(wanted.bench, run, last, past, frozenset(changed))
    try:
        run.progress.begin("rescore", trait.name, len(last.judged))
        for batch in dict.fromkeys(last.best["batches"]):
            again.judge(batch)
        run.progress.end()
        outcome = _go_over(steps, wanted, again)
    except BaseException as error:
        # What goes wrong is said where the work is kept; one that has ended already raises it as it is.
        with suppress(type(error)):
            steps.throw(error)
        raise
    return RescoreView(trait.name, rescored_view(run, again.bench, last, changed, again.coherence, outcome))


def _go_over(steps: Steps[None], wanted: Wanted | Refinement, again: "_Again") -> Outcome:
    """The trait's steering with the scores that are there, as far as its answers are."""
    try:
        while True:
            # Whether there was time to refine is as it was.
            sent: Any = not again.last.best.get("out_of_time", False)
            if isinstance(wanted, Wanted):
                scored = []
                for piece in pieces(wanted):
                    for batch in piece.batches:
                        again.judge(batch.name)
                    scored.extend(judge_piece(piece.bench, answer_piece(piece)))
                sent = by_arm(wanted, scored)
            wanted = steps.send(sent)
    except StopIteration:
        return "same"
    except NeedsModel as needed:
        with suppress(NeedsModel):
            steps.throw(needed)
        proving = isinstance(wanted, Wanted) and wanted.split == "report"
        return "unproved" if proving else "elsewhere"


@dataclass(frozen=True)
class _Again:
    """Judges a batch of answers again, as far as its scores depend on what has changed."""

    bench: Bench
    run: Run
    last: PastSearch
    past: Journal
    """The scores that are replaced."""
    changed: frozenset[str]

    @property
    def coherence_is_of_before(self) -> bool:
        """The prompt under which a likelihood was read is no longer the one that would be used."""
        return self.bench.scorer.reader is None and "judge prompt" in self.changed

    @property
    def coherence(self) -> str:
        """Where the coherence comes from."""
        reader = self.bench.settings.coherence
        if "coherence" in self.changed:
            return f"coherence is judged again, by {reader}"
        if self.coherence_is_of_before:
            return (
                "coherence is kept from before: how likely an answer is below a system prompt that asks for "
                "the trait was read with the former prompt, and to read it anew takes the model"
            )
        return "coherence is kept: it does not depend on what changed"

    def judge(self, batch: str) -> None:
        """Judge a batch, if it was judged before and is not yet again."""
        bench, reader = self.bench, self.bench.scorer.reader
        answers, before = bench.answers.get(batch), self.past.get(batch)
        if answers is None or before is None or kept_scores(bench.scores, batch) is not None:
            return
        self.run.conduct.check()
        lost = kept_scores(self.past, batch) is None
        texts, questions = [row["text"] for row in answers], [self.last.question(row) for row in answers]
        traits, coherences = [_trait(row) for row in before], [_coherence(row) for row in before]
        if lost or "judge" in self.changed:
            traits = bench.scorer.judge.score(questions, texts)
        if reader is not None and (lost or "coherence" in self.changed):
            coherences = judged(reader, COHERENCE, questions, texts)
        nats = [row["log_probability"] if reader is None else None for row in before]
        rows = [score_row(*one) for one in zip(traits, coherences, nats, strict=True)]
        if self.coherence_is_of_before:
            rows = [row | {"coherence_of": self.last.search["parts"]["scores"]} for row in rows]
        bench.scores.add(batch, rows)
        self.run.progress.advance(len(answers), 0)


def _trait(row: Mapping[str, Any]) -> Judgement:
    """What a line of `scores.jsonl` says of the trait."""
    return Judgement(row["trait"], row.get("trait_reason", ""), row["judge"], row.get("mass"))


def _coherence(row: Mapping[str, Any]) -> Judgement:
    return Judgement(row["coherence"], row.get("coherence_reason", ""), row["coherence_judge"])


def _cannot(found: SteeringArtefacts, searches: Sequence[PastSearch], settings: SteerSettings) -> str | None:
    """Why a trait's answers cannot be judged again; None where they can."""
    state = found.answers.state()
    if state.name == "stale":
        return f"its answers are stale ({state.reason}); run answers anew"
    if not searches or state.name == "missing":
        return "no search has come to its end; run steers"
    last = searches[-1]
    if last.scores is None or last.answers is None or not last.judged:
        return "the scores or answers of its last search are gone; run steers"
    if last.answers["fingerprint"] != found.answers.fingerprint:
        return "its last search asked for other answers than those lying there; run steers"
    changed = _changed(found, last)
    other = [part for part in changed if part not in MENDED]
    if other:
        return f"not only judges or definition changed but {', '.join(other)}; run steers"
    if changed and settings.coherence == LIKELIHOOD:
        if "coherence" in changed:
            return "coherence is now judged by likelihood, which takes the model; run reads it"
        if changed == ("judge prompt",):
            return (
                "only the system prompt that asks for the trait changed, which the model reads; run reads it"
            )
    return None


def _is_up_to_date(found: SteeringArtefacts, last: PastSearch) -> bool:
    return not _changed(found, last)


def _changed(found: SteeringArtefacts, last: PastSearch) -> tuple[str, ...]:
    """Parts of the scores' fingerprint that are not as they were."""
    assert last.scores is not None
    before, now = last.scores["parts"], found.scores.parts
    return tuple(sorted(part for part in {*before, *now} if before.get(part) != now.get(part)))
