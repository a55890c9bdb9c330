"""Several answers to a question: drawn one by one, and counted as one.

Questions are what an interval is over. Answers to one question differ from each other by chance alone, so
that their scores are averaged before anything else, and no interval takes them for questions of their own.
"""

from collections.abc import Sequence

from traitscope.config import SteerSettings
from traitscope.judging import Score, mean_score


def drawing(settings: SteerSettings, seed: int) -> list[float]:
    """What drawn answers depend on besides; nothing where they are greedy."""
    return [settings.temperature, seed] if settings.temperature else []


def over_samples(questions: Sequence[int], scores: Sequence[Score]) -> list[Score]:
    """Question by question the mean score of its answers; None of all where there are several answers to each
    and fewer than 80 % of them have a score, since means of what is left would hide that.

    Args:
        questions: of each answer, the place of its question.
        scores: of each answer.
    """
    means = means_by_question(questions, scores)
    return means if len(means) == len(scores) or mean_score(scores) is not None else [None] * len(means)


def means_by_question(questions: Sequence[int], values: Sequence[Score]) -> list[Score]:
    """Question by question the mean over those of its answers that have a value; None where none has."""
    found: dict[int, list[float]] = {question: [] for question in sorted(set(questions))}
    for question, value in zip(questions, values, strict=True):
        if value is not None:
            found[question].append(value)
    return [sum(some) / len(some) if some else None for some in found.values()]
