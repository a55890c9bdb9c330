"""Stage vet: a judge scores what the scenes were completed with, and never sees the scenes themselves."""

from typing import Any

from traitscope.config import VetSettings
from traitscope.data import FEWEST_SCENES, Trait
from traitscope.errors import InputError
from traitscope.experiment import Artefact, Journal, digest
from traitscope.judging.choosing import can_judge
from traitscope.pipeline.extract.completing import complete, completions_artefact, used_scenes
from traitscope.pipeline.judge.judge_parts import judge_parts
from traitscope.pipeline.judge.judges import TraitJudge, was_lost
from traitscope.pipeline.judge.trait_judge import trusted_judge
from traitscope.pipeline.run import Run
from traitscope.vetting import LEAST_SEPARATION, Vetted, Vetting, passing_pairs, vetting

VERSION = "1"
FILE = "vetting.jsonl"
JUDGE_ROWS = 50
"""Completions judged, and written, together."""


def vetted_traits(run: Run, settings: VetSettings) -> dict[str, Trait]:
    """Traits that the judge under `vet` can score, by name."""
    judge = settings.judge
    return {
        name: trait for name, trait in run.traits.items() if can_judge(run.experiment.config, trait, judge)
    }


def vetting_artefact(run: Run, trait: Trait, settings: VetSettings) -> Artefact:
    """A trait's judged completions, and what they depend on; the bounds only count them."""
    completions = completions_artefact(run, trait)
    return Artefact(
        completions.folder,
        "vet",
        {
            "completions": completions.fingerprint,
            "judge": judge_parts(run.experiment, trait, settings.judge),
            "version": VERSION,
        },
        "vetting.manifest.json",
        (FILE,),
    )


def vet(run: Run) -> None:
    """Judge every trait's completions that are not judged yet or no longer truly."""
    settings = run.experiment.config.vet
    if settings is None:
        return
    for name, trait in vetted_traits(run, settings).items():
        if not run.works_on(name):
            continue
        with run.conduct.attempt(f"vet {name}"):
            _vet_one(run, trait, settings)


def _vet_one(run: Run, trait: Trait, settings: VetSettings) -> None:
    artefact = vetting_artefact(run, trait, settings)
    if artefact.is_done() and completions_artefact(run, trait).is_done():
        return
    rows = complete(run, trait)
    judge = trusted_judge(run, trait, settings.judge, "vet.judge")
    with run.making(artefact) as record:
        run.progress.begin("vet", trait.name, len(rows))
        _judge(run, judge, rows, Journal(artefact.folder / FILE))
        said = Journal(artefact.folder / FILE).all_rows()
        record["judge"] = judge.record(row["judge"] for row in said)
        record["judged"] = len(rows)
        run.progress.end()
    found = load_vetting(run, trait, settings)
    run.progress.say(f"{trait.name}: {told(found)}")


def load_vetted(run: Run, trait: Trait, settings: VetSettings) -> list[Vetted]:
    """A trait's judged completions, positive ones first."""
    artefact = vetting_artefact(run, trait, settings)
    scenes = used_scenes(run, trait)
    size = len(scenes.positive)
    # Of completions that were lost and made anew, both may have been judged: the last word counts.
    last = {int(row["scene"]): row for row in Journal(artefact.folder / FILE).all_rows()}
    rows = [last[scene] for scene in sorted(last)]
    return [
        Vetted(
            pole=row["pole"],
            pair=row["scene"] if row["scene"] < size else row["scene"] - size,
            line=scenes.all[row["scene"]].line,
            text=row["text"],
            score=row["score"],
            reason=row.get("reason", ""),
        )
        for row in rows
    ]


def load_vetting(run: Run, trait: Trait, settings: VetSettings) -> Vetting:
    """A trait's pass rates and means."""
    return vetting(load_vetted(run, trait, settings), settings.positive, settings.negative)


def told(found: Vetting) -> str:
    """Pass rates and separation in a sentence, with a warning where the poles hardly differ."""
    rates = (
        f"{found.positive.share:.0%} of positive and {found.negative.share:.0%} of negative completions pass"
    )
    if found.separation is None:
        return f"{rates}; fewer than 80 % could be scored, so their means say nothing"
    apart = f"{rates}; their means lie {found.separation:.0f} points apart"
    low = found.separation < LEAST_SEPARATION
    return f"{apart}, below {LEAST_SEPARATION:.0f}: the scenes hardly show the trait" if low else apart


def passing(run: Run, trait: Trait) -> list[int] | None:
    """Pairs that stay, as numbers from 0; None where nothing is filtered.

    Raises:
        InputError: fewer than 20 are left.
    """
    settings = filtering(run, trait)
    if settings is None:
        return None
    vetted = load_vetted(run, trait, settings)
    kept = passing_pairs(vetted, settings.positive, settings.negative)
    if len(kept) < FEWEST_SCENES:
        raise InputError(
            f"{run.experiment.file}, vet.filter",
            f"only {len(kept)} of {len(vetted) // 2} pairs of '{trait.name}' pass, and a direction takes "
            f"{FEWEST_SCENES}",
            "rewrite the worst scenes (traitscope vet shows them), move the bounds, or write filter: none",
        )
    return kept


def filtering(run: Run, trait: Trait) -> VetSettings | None:
    """The settings by which a trait's pairs are filtered; None where they are not."""
    settings = run.experiment.config.vet
    if settings is None or settings.filter == "none" or trait.name not in vetted_traits(run, settings):
        return None
    return settings


def refuse_filter_without_pairs(run: Run) -> None:
    """A pair is dropped whole, so that there must be pairs.

    Raises:
        InputError: a trait is to be filtered whose scenes are none.
    """
    for trait in run.traits.values():
        if filtering(run, trait) is not None and not trait.paired:
            what = f"the scenes of trait '{trait.name}' are no pairs ({len(trait.positive)} positive, "
            raise InputError(
                f"{run.experiment.file}, vet.filter",
                f"{what}{len(trait.negative)} negative ones)",
                "write 'none', or pair them",
            )


def filter_parts(run: Run, trait: Trait) -> dict[str, str]:
    """What a filtered extraction depends on besides; nothing where it is not filtered."""
    settings = filtering(run, trait)
    if settings is None:
        return {}
    bounds = [settings.positive, settings.negative]
    return {"vetting": digest([vetting_artefact(run, trait, settings).fingerprint, bounds])}


def _judge(run: Run, judge: TraitJudge, rows: list[dict[str, Any]], journal: Journal) -> None:
    """Score completions in the order of the scenes, some at a time; what is written is not judged again,
    unless the judge's word was lost on the way."""
    for start in range(0, len(rows), JUDGE_ROWS):
        run.conduct.check()
        some = rows[start : start + JUDGE_ROWS]
        name = digest([[row["scene"], row["text"]] for row in some])
        done = journal.get(name)
        if done is None or any(was_lost(row["score"], row.get("reason", ""), row["judge"]) for row in done):
            texts = [row["text"] for row in some]
            found = judge.score([""] * len(texts), texts)
            journal.add(
                name,
                [
                    {"scene": row["scene"], "pole": row["pole"], "text": row["text"], "score": said.value}
                    | ({} if said.value is not None else {"reason": said.reason})
                    | {"judge": said.identity}
                    for row, said in zip(some, found, strict=True)
                ],
            )
        run.progress.advance(len(some), 0)
