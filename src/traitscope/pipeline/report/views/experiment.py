"""The experiment's own view: provenance, cost, and what a reader must know before she believes a figure."""

import sys
from collections.abc import Iterator

from traitscope.config import LEXICON, judge_name
from traitscope.experiment import read_manifest
from traitscope.experiment.artefact import now, versions
from traitscope.pipeline.check.stage import standings
from traitscope.pipeline.report.summary import counts, steering_result, used_pairs
from traitscope.pipeline.report.views.figures import number
from traitscope.pipeline.run import Run
from traitscope.pipeline.status import STAGES, pieces, stage_seconds, stage_state, status
from traitscope.pipeline.steer.stage import steered_traits
from traitscope.report import ExperimentView, Machine, StageView, VariantRow
from traitscope.report.sentences import listed

FEW_PAIRS = 100
"""Pairs below which a direction's noise is worth a word."""


def experiment_view(run: Run) -> ExperimentView:
    """Identity, machine, cost, warnings and limits of the experiment as it stands."""
    experiment, resolved = run.experiment, run.experiment.resolved()
    standing = status(run)
    placed = experiment.resolved_variants()
    counted = counts(run)
    return ExperimentView(
        name=experiment.config.name,
        created=now(),
        command=f"traitscope run {experiment.layout.root.name}",
        seed=run.seed,
        machine=Machine(
            ", ".join(sorted({one["device"] for one in placed.values()})),
            ", ".join(sorted({one["dtype"] for one in placed.values()})),
            resolved.get("threads"),
        ),
        versions={**versions(), "python": sys.version.split()[0]},
        stages=tuple(
            StageView(
                stage,
                stage_state(standing, stage),
                number(stage_seconds(standing, stage) or None, "not timed yet"),
            )
            for stage in STAGES
            if stage != "report"  # the page is the report
        ),
        generated_tokens=counted["generated_tokens"],
        judged_answers=counted["judged"],
        variants=tuple(_variant(run, name) for name in experiment.config.variants),
        fingerprints={
            str(piece.artefact.path.relative_to(experiment.layout.root)): piece.artefact.fingerprint
            for piece in pieces(run)
            if read_manifest(piece.artefact.path)
        },
        settings=experiment.file.read_text(encoding="utf-8"),
        cautions=tuple(_cautions(run)),
        warnings=tuple(_warnings(run)),
        limits=tuple(_limits(run)),
    )


def _variant(run: Run, name: str) -> VariantRow:
    settings, source = run.variants.settings(name), run.variants.source(name)
    adapter = run.variants.adapter(name)
    template = f"chat, system prompt: {settings.system_prompt}" if settings.chat else "raw text"
    described = (
        f"{settings.lora} (rank {adapter.rank} on {', '.join(sorted(adapter.targets))}; {adapter.identity})"
        if adapter
        else "none"
    )
    return VariantRow(name, settings.model, source.identity, template, described, bool(settings.control))


def _cautions(run: Run) -> Iterator[str]:
    """Judges that no figure should be taken from without a word; those that stand alike in one sentence."""
    alike: dict[str, list[str]] = {}
    for standing in standings(run):
        if standing.state == "passed":
            continue
        checked = standing.checked
        of = " of coherence" if checked.kind == "coherence" else ""
        state = "failed its check" if standing.state == "failed" else "is unchecked"
        clause = f"the judge '{checked.judge}'{of} {state}: {'; '.join(standing.reasons)}."
        alike.setdefault(clause, []).append(checked.trait.name)
    for clause, names in alike.items():
        yield f"{listed(names)}: {clause}"
    yield from _judges_that_changed(run)


def _judges_that_changed(run: Run) -> Iterator[str]:
    """Models that answered under one name: their scores are of two scales, and stand in one mean."""
    for trait in run.traits.values():
        found, _, _ = steering_result(run, trait)
        if found is None:
            continue
        for judge, models in (
            (found["judge"]["name"], found["judge"]["answered_by"]),
            ("of coherence", found["coherence_answered_by"]),
        ):
            if len(models) > 1:
                yield (
                    f"{trait.name}: {listed(models)} answered as one judge ({judge}), so that scores of two "
                    "scales stand in one mean; name one of the models in the file and run again."
                )


def _warnings(run: Run) -> Iterator[str]:
    for trait in run.traits.values():
        pairs = used_pairs(run, trait)
        if pairs < FEW_PAIRS:
            yield f"{trait.name} has {pairs} pairs of scenes; below {FEW_PAIRS} a direction is noisy."
        for note in trait.notes:
            yield f"{trait.name}: {note}"
        _, result, reason = steering_result(run, trait)
        if result == "not_shown":
            yield f"{trait.name} was steered and not shown: {reason}."
    steer = run.experiment.config.steer
    if steer and steer.report_questions == "same":
        yield "Report questions are the searched ones: steering figures are in sample and flatter the winner."
    if not any(variant.control for variant in run.experiment.config.variants.values()):
        yield "No control adapter was run: what any fine-tune does to the inside scores is unknown here."


def _limits(run: Run) -> Iterator[str]:
    config = run.experiment.config
    if config.steer:
        yield (
            "Steering shows that a direction can cause the behaviour in this model under this judge; it does "
            "not show that the model uses it when left alone."
        )
        if any(judge_name(config.steer.judge, name) == LEXICON for name in steered_traits(run)):
            yield "The lexicon judge counts words of feeling: it does not read irony, and knows moods only."
    if config.comparisons:
        yield (
            "A tail share is a share among random directions, not a probability about the adapter: no "
            "threshold on the inside score alone kept its error on fresh adapters."
        )
        yield (
            "A trait that is not shown is not thereby unchanged: the smallest change that would have been "
            "seen stands beside it."
        )
        yield (
            "Intervals hold the noise of questions or prompts, not that of scenes, of training seeds or of "
            "other adapters."
        )
