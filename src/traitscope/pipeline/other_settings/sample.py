"""A sample of a trait's answers under one way: at points around the best known, or searched by a policy."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from traitscope.config import SteerSettings
from traitscope.data import Trait
from traitscope.experiment import Journal, digest
from traitscope.pipeline.judge.scoring import Scored
from traitscope.pipeline.run import Run
from traitscope.pipeline.steer.bench import (
    Bench,
    Found,
    Refinement,
    Scores,
    Steps,
    Wanted,
    answer_piece,
    by_arm,
    judge_piece,
    pieces,
)
from traitscope.pipeline.steer.search import Searched, answer_unsteered, search
from traitscope.pipeline.steer.stage import load_best, searched_layers, settings_of, steering
from traitscope.steering import UNSTEERED, Evaluation, Point, Source, evaluate

SPREAD = (0.7, 1.0, 1.3)
"""Times the best known coefficient, or the first one of a search."""
PACES = "paces.jsonl"


class Sampled(NamedTuple):
    """A sample's answers, judged."""

    scores: Scores
    """Arm -> scores; of a search, every point's to all questions, by its name."""
    evaluations: list[Evaluation]
    """Of a search, those that asked all questions."""
    judged: int
    """Answers scored."""


class Pace(NamedTuple):
    """How long a sample took, stops and what was read back left out."""

    answering: float
    judging: float


def sample_points(run: Run, trait: Trait, source: Source, base_norms: Mapping[int, float]) -> list[Point]:
    """Three coefficients of a direction at three layers: around the best known; where none is, around the
    first of a search at layers spread over those searched."""
    config = run.experiment.config.steer
    assert config is not None
    settings = settings_of(config, trait)
    searched = searched_layers(run, settings, run.variants.shape(settings.variant).layers)
    strength = settings.start
    places = {round(share * (len(searched) - 1)) for share in (0.25, 0.5, 0.75)}
    if steering(run, trait, config).are_done() and (best := load_best(run, trait, config)["best"]):
        strength = abs(best["relative_strength"])
        middle = searched.index(best["layer"]) if best["layer"] in searched else len(searched) // 2
        places = {place for place in (middle - 1, middle, middle + 1) if 0 <= place < len(searched)}
    return [
        Point(layer, settings.sign * strength * share * base_norms[layer], *source)
        for layer in (searched[place] for place in sorted(places))
        for share in SPREAD
    ]


def answered(bench: Bench, points: Sequence[Point]) -> Steps[Sampled]:
    """The sample at given points, with the unsteered answers."""
    questions = bench.split.search
    found = yield Wanted(bench, "search", questions, {UNSTEERED: None}, None)
    unsteered = found[UNSTEERED]
    aims = {point_name(point): bench.aim(point) for point in points}
    found |= yield Wanted(bench, "search", questions, aims, bench.scorer.unsteered(unsteered))
    norms = bench.norms
    evaluations = [
        evaluate(
            1,
            point,
            norms[point.source][point.layer],
            [one.trait for one in found[point_name(point)]],
            [one.coherence for one in found[point_name(point)]],
            [one.trait for one in unsteered],
            bench.settings.threshold,
        )
        for point in points
    ]
    return Sampled(found, evaluations, _answers(bench, found))


def searched(bench: Bench) -> Steps[Sampled]:
    """The sample as the policy of the bench searches it."""
    steps, kept, judged = _coarse(bench), dict[str, list[Scored]](), 0
    sent: Scores | bool | None = None
    while True:
        try:
            wanted = steps.send(sent)
        except StopIteration as end:
            whole = [one for one in end.value.evaluations if one.whole]
            return Sampled(kept, whole, judged)
        if isinstance(wanted, Refinement):
            sent = False
            continue
        sent = scores = yield wanted
        judged += _answers(bench, scores)
        for arm, aim in wanted.aims.items():
            if len(wanted.questions) == len(bench.split.search):
                kept[UNSTEERED if aim is None else point_name(aim.point)] = scores[arm]


def _answers(bench: Bench, scores: Scores) -> int:
    return bench.settings.samples * sum(map(len, scores.values()))


def _coarse(bench: Bench) -> Steps[Searched]:
    unsteered = yield from answer_unsteered(bench)
    return (yield from search(bench, unsteered.scores))


def point_name(point: Point) -> str:
    """A point as an arm of a sample."""
    return f"layer {point.layer} at {point.coefficient!r} along {point.source}"


def alone(steps: Steps[Found], folder: Path) -> Found:
    """Do the work with nothing beside it, so that it can be timed; what was written is read back."""
    paces, scores = Journal(folder / PACES), None
    while True:
        start = time.monotonic()
        try:
            wanted = steps.send(scores)
        except StopIteration as end:
            found: Found = end.value
            return found
        assert isinstance(wanted, Wanted)
        # A search may measure before it asks.
        measuring = time.monotonic() - start
        scored: list[Scored] = []
        for piece in pieces(wanted):
            bench = piece.bench
            new = all(bench.answers.get(batch.name) is None for batch in piece.batches)
            before = (bench.spent.answering, bench.spent.judging)
            scored += judge_piece(bench, answer_piece(piece))
            if new:
                row = {
                    "answers": sum(len(batch.asks) for batch in piece.batches),
                    "answering": bench.spent.answering - before[0] + measuring,
                    "judging": bench.spent.judging - before[1],
                }
                paces.add(digest([batch.name for batch in piece.batches]), [row])
                measuring = 0.0
        scores = by_arm(wanted, scored)


def pace(folder: Path, answers: int) -> Pace | None:
    """How long so many answers take at the pace that was measured; None where none was."""
    rows = Journal(folder / PACES).all_rows()
    timed = sum(row["answers"] for row in rows)
    if not timed:
        return None
    share = answers / timed
    return Pace(*(share * sum(row[key] for row in rows) for key in ("answering", "judging")))


def sample_settings(settings: SteerSettings, questions: int) -> SteerSettings:
    """The settings for a sample of so many questions; nothing is reported."""
    return settings.model_copy(update={"questions": questions, "report_questions": "same"})
