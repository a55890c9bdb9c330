"""Part of stage 4: does the shift along a trait cause what its judge found? Answers under pushes, judged.

In the after variant the trait's direction is taken out: the measured shift is subtracted at the trait's
layer, or its projection ablated at every layer. To the before variant the measured shift is added. Beside
each stand foreign directions, drawn from the bank as the nulls are, pushed as far.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from traitscope.comparison import foreign_weights, scored_on_all, share
from traitscope.config import InferSettings
from traitscope.engine import Ablate, Push, Steered
from traitscope.experiment import Artefact, Journal, digest
from traitscope.experiment.files import read_json, write_json
from traitscope.inference import Line
from traitscope.pipeline.answering import Ask, Generation, answer
from traitscope.pipeline.compare.inside_line import structure
from traitscope.pipeline.compare.readings import Compared
from traitscope.pipeline.compare.stage import comparison_artefact, comparisons, load_comparison
from traitscope.pipeline.extract.bank import is_bank_wanted, load_read_bank
from traitscope.pipeline.extract.stage import extracted_traits, load_kept
from traitscope.pipeline.infer.lines import lines
from traitscope.pipeline.infer.stage import chosen_prompt_sets, judge_choice, judged_traits, load_answers
from traitscope.pipeline.judge.trait_judge import trait_judge
from traitscope.pipeline.run import Run

VERSION = "1"
RESULT = "cause.json"
ANSWERS = "cause.jsonl"
FOREIGN = 3
"""Foreign directions of equal length beside each arm."""
CHANGED = ("moved_up", "moved_down", "behaviour_only")
"""Verdicts that say that behaviour changed: only then is there something to undo."""


class Arm(NamedTuple):
    """A way to answer: which variant, and what is done to it."""

    name: str
    variant: str
    steered: Steered


def cause_artefact(run: Run, one: Compared, settings: InferSettings) -> Artefact:
    """What became of taking directions out and adding shifts, and what it depends on."""
    comparison = comparison_artefact(run, one, settings)
    return Artefact(
        comparison.folder,
        "compare",
        {
            "comparison": comparison.fingerprint,
            "asked": digest(run.experiment.config.compare.cause),
            "version": VERSION,
        },
        "cause.manifest.json",
        (RESULT, ANSWERS),
    )


def look_for_causes(run: Run) -> None:
    """Make it for every comparison that is done, where the file asks for it."""
    settings = run.experiment.config.infer
    if settings is None or not run.experiment.config.compare.cause:
        return
    chosen = {prompts.name for prompts in chosen_prompt_sets(run)}
    for one in comparisons(run):
        artefact = cause_artefact(run, one, settings)
        compared = comparison_artefact(run, one, settings).is_done()
        if one.prompts.name in chosen and compared and not artefact.is_done():
            with run.making(artefact) as record:
                found = _causes(run, one, settings, artefact)
                record["judged"] = sum(row["judged"] for row in found)
                write_json(artefact.folder / RESULT, {"traits": found})


def load_causes(run: Run, one: Compared, settings: InferSettings) -> list[dict[str, Any]]:
    """What was found of each trait whose behaviour changed."""
    found: list[dict[str, Any]] = read_json(cause_artefact(run, one, settings).folder / RESULT)["traits"]
    return found


def _causes(run: Run, one: Compared, settings: InferSettings, artefact: Artefact) -> list[dict[str, Any]]:
    ranking = load_comparison(run, one, settings)["ranking"]
    along = {line.trait: line for line in lines(run)}
    able = judged_traits(run)
    rows = [row for row in ranking if row["verdict"] in CHANGED and row["trait"] in able]
    journal = Journal(artefact.folder / ANSWERS)
    return [_of_trait(run, one, settings, journal, row, along[row["trait"]]) for row in rows]


def _of_trait(
    run: Run, one: Compared, settings: InferSettings, journal: Journal, row: Mapping[str, Any], line: Line
) -> dict[str, Any]:
    shift = float(row["model_effect"]["mean"])
    arms = _arms(run, one, line, shift)
    run.progress.begin("compare", f"{line.trait}: cause", len(arms) * len(one.prompts.texts))
    answers = {arm.name: _answers(run, one, settings, journal, arm, line.trait) for arm in arms}
    run.progress.end()
    answers["before"] = _own(run, one, settings, one.pair.before)
    answers["after"] = _own(run, one, settings, one.pair.after)
    judge = trait_judge(run, run.traits[line.trait], judge_choice(run))
    scores = {
        name: [judgement.value for judgement in judge.score(list(one.prompts.texts), texts)]
        for name, texts in answers.items()
    }
    return {
        "trait": line.trait,
        "layer": line.layer,
        "shift": shift,
        "judged": sum(map(len, answers.values())),
        "arms": {arm.name: _share(scores, arm, one, run.seed) for arm in arms},
    }


def _share(
    scores: Mapping[str, Sequence[float | None]], arm: Arm, one: Compared, seed: int
) -> dict[str, Any]:
    before, after, steered = scored_on_all([scores["before"], scores["after"], scores[arm.name]])
    part = after - steered if arm.variant == one.pair.after else steered - before
    return {"variant": arm.variant, "n": len(part), **share(part, after - before, seed)._asdict()}


def _arms(run: Run, one: Compared, line: Line, shift: float) -> list[Arm]:
    before, after = one.pair.before, one.pair.after
    found = [
        Arm("subtract", after, Push(line.layer, -shift * line.direction)),
        Arm("ablate", after, Ablate(None, line.direction)),
        Arm("add", before, Push(line.layer, shift * line.direction)),
    ]
    for number, direction in enumerate(_foreign(run, line), start=1):
        found += [
            Arm(f"subtract_foreign_{number}", after, Push(line.layer, -shift * direction)),
            Arm(f"ablate_foreign_{number}", after, Ablate(None, direction)),
            Arm(f"add_foreign_{number}", before, Push(line.layer, shift * direction)),
        ]
    return found


def _foreign(run: Run, line: Line) -> list[Tensor]:
    """Unit contrasts of foreign scenes at the line's layer, made as the trait's direction is."""
    if not is_bank_wanted(run):
        return []
    bank = load_read_bank(run)
    kept = load_kept(run, extracted_traits(run)[line.trait])
    weights = torch.from_numpy(foreign_weights(structure(kept), bank.topic_of, FOREIGN, run.seed))
    drawn = weights @ bank.residual[:, line.layer]
    return list(drawn / drawn.norm(dim=-1, keepdim=True))


def _answers(
    run: Run, one: Compared, settings: InferSettings, journal: Journal, arm: Arm, trait: str
) -> list[str]:
    renderer = run.variants.renderer(arm.variant)
    note = {"trait": trait, "arm": arm.name}
    asks = [
        Ask(text, prompt, {**note, "id": name}, arm.steered)
        for name, text, prompt in zip(
            one.prompts.ids, one.prompts.texts, one.prompts.rendered(renderer), strict=True
        )
    ]
    rows = answer(run, arm.variant, journal, asks, Generation(settings.new_tokens))
    return [row["text"] for row in rows]


def _own(run: Run, one: Compared, settings: InferSettings, variant: str) -> list[str]:
    return [row["text"] for row in load_answers(run, variant, one.prompts, settings)]
