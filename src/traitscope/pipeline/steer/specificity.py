"""Whether each winner moves its own trait most: its report answers and the unsteered ones judged for others.

Nothing is generated: the answers are those of the proof, and its own scores are taken as they are.
"""

from collections.abc import Sequence
from typing import Any

from traitscope.config import SteerSettings
from traitscope.data import Trait
from traitscope.experiment import Artefact, Journal, digest
from traitscope.experiment.files import read_json, write_json
from traitscope.judging import Score
from traitscope.pipeline.infer.stage import judge_choice, judged_traits, judges_part
from traitscope.pipeline.judge.judges import was_lost
from traitscope.pipeline.judge.trait_judge import trait_judge
from traitscope.pipeline.rows import interval_row, with_reasons
from traitscope.pipeline.run import Run
from traitscope.pipeline.steer.bench import arm_rows
from traitscope.pipeline.steer.nesting import over_samples
from traitscope.pipeline.steer.stage import load_best, search_print, settings_of, steered_traits, steering
from traitscope.steering import UNSTEERED, WINNER, Cell, cell, specificity, unjudged

VERSION = "1"
RESULT = "specificity.json"
SCORES = "scores-for-others.jsonl"
NOT_ASKED = "steer.specificity is false"

Answers = Sequence[dict[str, Any]]


def specificity_artefact(run: Run, trait: Trait, settings: SteerSettings) -> Artefact:
    """What a trait's winner does to the scores of all, and what that depends on."""
    search = steering(run, trait, settings).search
    return Artefact(
        search.folder,
        "steer",
        {
            "search": search_print(run, trait, settings),
            "judges": digest(judges_part(run) if settings.specificity else None),
            "version": VERSION,
        },
        "specificity.manifest.json",
        (RESULT, SCORES),
    )


def judge_specificity(run: Run) -> None:
    """Judge every winner's report answers for the other traits, where that is not done or no longer true."""
    settings = run.experiment.config.steer
    if settings is None:
        return
    for trait in steered_traits(run).values():
        artefact = specificity_artefact(run, trait, settings)
        if (
            not run.works_on(trait.name)
            or artefact.is_done()
            or not steering(run, trait, settings).are_done()
        ):
            continue
        run.conduct.check()
        with run.conduct.attempt(f"specificity {trait.name}"), run.making(artefact) as record:
            journal = Journal(artefact.folder / SCORES)
            write_json(artefact.folder / RESULT, _found(run, trait, settings, journal))
            record["judged"] = len(journal.all_rows())


def load_specificity(run: Run, trait: Trait, settings: SteerSettings) -> dict[str, Any]:
    """What was found of a trait: the content of `specificity.json`."""
    folder = run.experiment.layout.steer(trait.name, settings.variant)
    found: dict[str, Any] = read_json(folder / RESULT)
    return found


def _found(run: Run, trait: Trait, settings: SteerSettings, journal: Journal) -> dict[str, Any]:
    best = load_best(run, trait, settings)
    if not settings.specificity or best["best"] is None:
        reason = NOT_ASKED if not settings.specificity else "nothing won"
        return {"specific": None, "specific_reason": reason, "cells": []}
    questions = best["questions"]["report"]
    folder = run.experiment.layout.steer(trait.name, settings.variant)
    answered, own = Journal(folder / "answers.jsonl"), Journal(folder / "scores.jsonl")
    batches = set(best["batches"])
    answers: dict[str, Answers] = {
        arm: arm_rows(answered, batches, "report", arm) for arm in (WINNER, UNSTEERED)
    }
    cells = []
    for name, judged in judged_traits(run).items():
        if name == trait.name:
            scores = {
                arm: over_samples(_places(rows), [_score(own, row) for row in rows])
                for arm, rows in answers.items()
            }
            cells.append(cell(name, scores[WINNER], scores[UNSTEERED], run.seed))
        else:
            cells.append(_judged_for(run, judged, questions, answers, journal))
    found = specificity(trait.name, cells, settings_of(settings, trait).sign)
    return {
        "specific": found.specific,
        "specific_reason": found.reason,
        "cells": [_cell_row(one) for one in found.cells],
    }


def _judged_for(
    run: Run,
    judged: Trait,
    questions: Sequence[str],
    answers: dict[str, Answers],
    journal: Journal,
) -> Cell:
    """The winner's and the unsteered answers to a trait's questions, scored for another trait."""
    judge = trait_judge(run, judged, judge_choice(run))
    if judge.weakness is not None:
        return unjudged(judged.name, "its judge is too weak")
    scores: dict[str, list[Score]] = {}
    for arm, rows in answers.items():
        texts, places = [row["text"] for row in rows], _places(rows)
        asked = [questions[place] for place in places]
        name = digest([judged.name, arm, asked, texts])
        known = journal.get(name)
        if known is None or any(was_lost(one["score"], one.get("reason", ""), one["judge"]) for one in known):
            run.conduct.check()
            known = journal.add(
                name,
                [
                    {
                        "judged": judged.name,
                        "arm": arm,
                        "question": place,
                        "score": one.value,
                        **({} if one.value is not None else {"reason": one.reason}),
                        "judge": one.identity,
                    }
                    for place, one in zip(places, judge.score(asked, texts), strict=True)
                ],
            )
        scores[arm] = over_samples(places, [one["score"] for one in known])
    return cell(judged.name, scores[WINNER], scores[UNSTEERED], run.seed)


def _places(answers: Answers) -> list[int]:
    return [row["question"] for row in answers]


def _score(scores: Journal, answer: dict[str, Any]) -> Score:
    scored = scores.get(answer["batch"])
    assert scored is not None
    value: Score = scored[answer["row"]]["trait"]
    return value


def _cell_row(one: Cell) -> dict[str, Any]:
    """A cell as `specificity.json` and the summary hold it; what is null stands beside its reason."""
    row = {
        "judged": one.judged,
        "baseline": one.baseline,
        "spread": one.spread,
        **interval_row("difference", one.difference),
        **interval_row("in_spreads", one.in_spreads),
        "questions": one.difference.n if one.difference else 0,
    }
    return with_reasons(row, one.reason)
