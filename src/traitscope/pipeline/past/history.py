"""What was found of a trait before, held against what replaced it; reads the archive, no input file."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from traitscope.errors import InputError
from traitscope.experiment import Experiment
from traitscope.experiment.tensors import read_tensors
from traitscope.pipeline.choosing import choose
from traitscope.pipeline.extract.stage import DIRECTIONS, at_position
from traitscope.pipeline.past.searches import PastSearch, finished_searches
from traitscope.report.history_view import Changed, FoundOnce, HistoryView
from traitscope.report.values import Absent, Estimate, Measured, Number
from traitscope.statistics import paired_interval

LINKS = {"search": "scores", "scores": "answers", "answers": "directions"}
"""Artefact -> the part of its fingerprint that is the artefact it was made from."""
NO_WINNER = "there is no winner"
FEW = "fewer than 80 % of the answers are scored"


def history(experiment: Experiment, trait: str) -> HistoryView:
    """A trait's finished searches, oldest first; one without a successor has nothing to be held against.

    Raises:
        InputError: there is no such trait, or it is not steered.
        WorkError: a file is damaged.
    """
    choose(experiment, ("steer",), (trait,))
    if experiment.config.steer is None:
        raise InputError(
            f"{experiment.file}, steer", "is not there, so nothing was steered", "add it, and run"
        )
    found = finished_searches(experiment, trait)
    changes = (_changed(experiment, old, new) for old, new in pairwise(found))
    return HistoryView(trait, tuple(map(_found, found)), tuple(changes))


def _found(one: PastSearch) -> FoundOnce:
    best, arms = one.best, {row["name"]: row for row in one.best["arms"]}
    winner, unsteered, chosen = arms.get("winner"), arms.get("unsteered"), best["best"]
    delta: Measured = Absent(NO_WINNER if winner is None else FEW)
    if winner is not None and winner["delta"] is not None:
        ends = winner["delta_low"], winner["delta_high"]
        delta = Estimate(winner["delta"], *ends, winner["questions"], "questions")
    return FoundOnce(
        finished=one.search["finished"],
        archived=one.archived,
        judge=best["judge"]["label"],
        layer=Absent(NO_WINNER) if chosen is None else chosen["layer"],
        coefficient=_of(chosen, "coefficient"),
        baseline=_of(unsteered, "trait"),
        trait=_of(winner, "trait"),
        coherence=_of(winner, "coherence"),
        delta=delta,
        searched_delta=_of(chosen, "delta"),
        result=f"{best['result']}: {best['reason']}" if best["reason"] else best["result"],
    )


def _of(row: Mapping[str, Any] | None, name: str) -> Number:
    if row is None:
        return Absent(NO_WINNER)
    return Absent(FEW) if row[name] is None else float(row[name])


def _changed(experiment: Experiment, old: PastSearch, new: PastSearch) -> Changed:
    seed = experiment.config.seed
    before, after = ({arm: one.reported(arm) for arm in ("unsteered", "winner")} for one in (old, new))
    asked, asks = set(old.best["questions"]["report"]), set(new.best["questions"]["report"])
    differences = {
        arm: {
            question: score - before[arm][question]
            for question, score in after[arm].items()
            if question in before[arm]
        }
        for arm in before
    }
    gained = {
        question: moved - differences["unsteered"][question]
        for question, moved in differences["winner"].items()
        if question in differences["unsteered"]
    }
    return Changed(
        _parts(old, new),
        _written_otherwise(old, new),
        (len(asked), len(asks), len(asked & asks)),
        _cosines(experiment, old, new),
        _paired(differences["unsteered"], seed),
        _paired(differences["winner"], seed),
        _paired(gained, seed),
    )


def _parts(old: PastSearch, new: PastSearch) -> dict[str, tuple[str, ...] | Absent]:
    """By artefact, from the last to the first; that an artefact was made from another one is left out."""
    found: dict[str, tuple[str, ...] | Absent] = {}
    for name in ("search", "scores", "answers", "extraction"):
        before, after = getattr(old, name), getattr(new, name)
        if before is None or after is None:
            found[name] = Absent(f"the manifest of the {'old' if before is None else 'new'} one is gone")
            continue
        was, now = before["parts"], after["parts"]
        found[name] = tuple(
            sorted(
                part for part in {*was, *now} if part != LINKS.get(name) and was.get(part) != now.get(part)
            )
        )
    return found


def _written_otherwise(old: PastSearch, new: PastSearch) -> dict[str, tuple[Any, Any]]:
    """What the files say in other words now; what is said in one of them alone is None in the other."""
    was, now = (one.best.get("written", {}) for one in (old, new))
    if not was or not now:
        return {}
    return {
        key: (was.get(key), now.get(key))
        for key in dict.fromkeys((*was, *now))
        if was.get(key) != now.get(key)
    }


def _cosines(experiment: Experiment, old: PastSearch, new: PastSearch) -> dict[int, float] | Absent:
    """Of the directions that were added, at the layers of both winners."""
    import torch

    layers = [int(one.best["best"]["layer"]) for one in (old, new) if one.best["best"] is not None]
    if not layers:
        return Absent("neither has a winner")
    written = [_written(experiment, one) for one in (old, new)]
    for name, one in zip(("old", "new"), written, strict=True):
        if isinstance(one, Absent):
            return Absent(f"of the {name} one, {one.reason}")
    before, after = written
    if before.shape != after.shape:
        return Absent("they belong to models of different sizes")
    return {
        layer: float(torch.nn.functional.cosine_similarity(before[layer], after[layer], dim=0))
        for layer in dict.fromkeys(layers)
    }


def _written(experiment: Experiment, one: PastSearch) -> Any:
    """The directions that a search's winner was found with, (layers, width) float32; absent where they are
    gone."""
    if one.vectors is None or not (one.vectors / DIRECTIONS).exists():
        return Absent("the directions are gone")
    settings = experiment.config.steer
    assert settings is not None
    # A search without a winner, or of before several competed, names none.
    chosen = one.best["best"] or {}
    method, position = chosen.get("method") or settings.method, chosen.get("position", "")
    tensors = at_position(read_tensors(one.vectors / DIRECTIONS), position)
    return tensors.get(f"{method}.write", Absent(f"there are no directions by {method}"))


def _paired(differences: Mapping[str, float], seed: int) -> Measured:
    if len(differences) < 2:
        return Absent("fewer than two report questions in common have both scores")
    # In one order, whichever search asked them first: the bootstrap draws by place.
    found = paired_interval([differences[question] for question in sorted(differences)], seed)
    return Estimate(found.mean, found.low, found.high, found.n, "questions")
