"""Do two ways of making the same answers agree: in the order of their scores, in their height, in the winner?

order      Spearman's rank correlation over all answers that have both scores
height     second less first, averaged over the arms of each question, paired interval over questions
coherence  arms that are on the same side of the threshold
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from traitscope.judging import Score
from traitscope.statistics import Interval, paired_interval, spearman
from traitscope.steering.evaluation import Evaluation, Point
from traitscope.steering.selection import best_by_layer, best_overall

ENOUGH = 0.8
"""Share of the answers that must have both scores."""

Scores = Mapping[str, Sequence[Score]]
"""Arm -> scores in the order of the questions."""


class Agreement(NamedTuple):
    """How the second way agrees with the first; None where there is nothing to compare, with its reason."""

    answers: int
    """That have both scores."""
    rank: float | None
    rank_reason: str
    difference: Interval | None
    difference_reason: str
    same_side: int | None
    sides: int
    same_winner: bool | None
    """The best coherent evaluation is at the same layer; None where neither found one."""


def agree(
    first: Scores,
    second: Scores,
    evaluations: tuple[Sequence[Evaluation], Sequence[Evaluation]],
    push: str | None,
    seed: int,
) -> Agreement:
    """Hold two ways against each other on the same points and questions.

    Args:
        first, second: trait scores of the same arms' answers to the same questions.
        evaluations: of both, each point's in the same order.
    """
    pairs = [
        (one, other)
        for arm, scores in first.items()
        for one, other in zip(scores, second[arm], strict=True)
        if one is not None and other is not None
    ]
    asked = sum(map(len, first.values()))
    rank, why = _rank([one for one, _ in pairs], [other for _, other in pairs])
    difference, reason = _difference(first, second, seed)
    if len(pairs) < ENOUGH * asked:
        few = f"only {len(pairs)} of {asked} answers have both scores"
        rank, why, difference, reason = None, few, None, few
    sides = [one.coherent == other.coherent for one, other in zip(*evaluations, strict=True)]
    same = _same_winner(evaluations, push)
    return Agreement(len(pairs), rank, why, difference, reason, sum(sides), len(sides), same)


def agree_as_searches(
    first: Mapping[Point, Sequence[Score]],
    second: Mapping[Point, Sequence[Score]],
    evaluations: tuple[Sequence[Evaluation], Sequence[Evaluation]],
    push: str | None,
    seed: int,
) -> Agreement:
    """Hold two searches of the same layers and questions against each other, each by the points it chose.

    The order is that of the layers by their best deltas; the height that of the two winners.

    Args:
        first, second: trait scores of each point's answers to all questions.
    """
    by_layer = [best_by_layer(some, push) for some in evaluations]
    layers = [layer for layer in by_layer[0] if layer in by_layer[1]]
    deltas = [[found[layer].delta or 0.0 for layer in layers] for found in by_layer]
    rank, why = _rank(*deltas) if len(layers) > 2 else (None, "fewer than 3 layers are coherent in both")
    best = [best_overall(some, push) for some in evaluations]
    difference, reason, answers = None, "one of them found no winner", 0
    if best[0] is not None and best[1] is not None:
        ours, theirs = first[best[0].point], second[best[1].point]
        difference, reason = _difference({"winner": ours}, {"winner": theirs}, seed)
        answers = len(ours)
    same = _same_winner(evaluations, push)
    return Agreement(answers, rank, why, difference, reason, None, 0, same)


def _same_winner(
    evaluations: tuple[Sequence[Evaluation], Sequence[Evaluation]], push: str | None
) -> bool | None:
    first, second = (best_overall(some, push) for some in evaluations)
    if first is None or second is None:
        return None if first is second else False
    return first.point.layer == second.point.layer


def _rank(first: Sequence[float], second: Sequence[float]) -> tuple[float | None, str]:
    found = spearman(first, second) if len(first) > 1 else None
    return found, "" if found is not None else "the scores do not differ from each other"


def _difference(first: Scores, second: Scores, seed: int) -> tuple[Interval | None, str]:
    """Arms are averaged first: questions are what an interval is taken over."""
    by_question: dict[int, list[float]] = {}
    for arm, scores in first.items():
        for question, (one, other) in enumerate(zip(scores, second[arm], strict=True)):
            if one is not None and other is not None:
                by_question.setdefault(question, []).append(other - one)
    means = [sum(some) / len(some) for some in by_question.values()]
    if len(means) < 2:
        return None, "fewer than two questions have both scores"
    return paired_interval(means, seed), ""
