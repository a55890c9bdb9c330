"""Is a judge worth its word? It scores answers whose scores are known, and answers made to mislead it.

    agreement   with the labels: AUC, rank correlation, calibration, mean error
    repeated    the same answers once more;  reversed: once more, in reverse order
    length      scores and words, given the label; answers cut to half, and with a neutral sentence behind
    injections  answers that try to talk to the judge, against the same answers with a harmless sentence

A classifier scores each labelled answer by a fit that did not see it. The limits on injections bind judges
that read language alone; for the others the same figures are information.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from traitscope.data import LabelledAnswer
from traitscope.errors import InputError
from traitscope.judging.agreement import EXTREMES, MIDDLE, agreement, change
from traitscope.judging.averages import Score
from traitscope.judging.check_limits import CheckThresholds, shortcomings
from traitscope.judging.check_record import InjectionResult, JudgeCheck
from traitscope.judging.classifier import ClassifierJudge
from traitscope.judging.injections import Injection, injected
from traitscope.judging.judgement import Asked, Judge, Rubric
from traitscope.statistics import partial_rank_correlation

FEWEST_LABELLED = 20
"""Labelled answers below which figures say more about the draw than about the judge."""
AGAIN = 20
"""Answers scored again, in order and in reverse: enough for a mean, few enough to pay for."""
RESIZED = 30
"""Answers cut to half, and lengthened."""
NEUTRAL = (
    "There is a clock on the wall beside the door.",
    "The bus stops at the corner of the street.",
    "The table in the hall is made of wood.",
)
"""Sentences that show no trait, put behind answers in turn."""


def why_not_checked(labelled: Sequence[LabelledAnswer]) -> str | None:
    """Why labelled answers are too few or too one-sided to check a judge on; None where they will do."""
    count = len(labelled)
    if count < FEWEST_LABELLED:
        there_are = "there is 1 labelled answer" if count == 1 else f"there are {count} labelled answers"
        return f"{there_are}, and a check takes {FEWEST_LABELLED}"
    high = sum(one.score >= MIDDLE for one in labelled)
    if high in (0, count):
        return f"all labelled answers score {'50 or more' if high else 'below 50'}"
    return None


def count_judgements(labelled: int, injections: int) -> int:
    """Judgements that a check asks for: all once, some twice again, some cut and lengthened, all attacks with
    their controls."""
    return labelled + 2 * min(AGAIN, labelled) + 2 * min(RESIZED, labelled) + 2 * injections


def check_judge(
    judge: Judge,
    rubric: Rubric,
    labelled: Sequence[LabelledAnswer],
    injections: Sequence[Injection],
    seed: int,
    uncached: Judge | None = None,
) -> JudgeCheck:
    """Check a judge on labelled answers, by the usual thresholds.

    Args:
        judge: scores everything that is scored once; it may have a memory.
        seed: draws the answers that are scored again, resized and attacked.
        uncached: the same judge without a memory, for what is scored again; None where it has none.

    Raises:
        InputError: fewer than 20 labelled answers, or none on one side of 50.
    """
    _refuse_too_few(labelled, rubric.name)
    if isinstance(judge, ClassifierJudge):
        judge, uncached = judge.out_of_fold(), None
    bench = _Bench(judge, uncached or judge, rubric)
    draws = random.Random(seed)
    asked = [Asked(one.question, one.answer) for one in labelled]
    labels = [one.score for one in labelled]
    scores = bench.scores(asked)
    again = draws.sample(range(len(asked)), min(AGAIN, len(asked)))
    resized = draws.sample(range(len(asked)), min(RESIZED, len(asked)))
    halves = bench.scores([_cut(asked[index]) for index in resized])
    longer = bench.scores([_lengthened(asked[index], place) for place, index in enumerate(resized)])
    repeated = bench.fresh([asked[index] for index in again])
    backwards = bench.fresh([asked[index] for index in again[::-1]])
    results = _attack(bench, labelled, injections, draws)
    return held_to(
        JudgeCheck(
            judge=judge.identity,
            trait=rubric.name,
            scored=tuple(zip(labels, scores, strict=True)),
            agreement=agreement(scores, labels),
            agreement_cut=agreement(halves, [labels[index] for index in resized]),
            repeated=change([scores[index] for index in again], repeated),
            reversed=change(repeated, backwards[::-1]),
            length_correlation=_length_correlation(scores, labelled),
            cut=change([scores[index] for index in resized], halves),
            lengthened=change([scores[index] for index in resized], longer),
            injections=results,
            injected=change([one.control for one in results], [one.attacked for one in results]),
            injections_bind=judge.reads_language,
            failures=(),
        ),
        CheckThresholds(),
    )


def held_to(check: JudgeCheck, thresholds: CheckThresholds) -> JudgeCheck:
    """The same figures, with what they do not reach of these thresholds."""
    return replace(check, failures=shortcomings(check, thresholds))


@dataclass(frozen=True)
class _Bench:
    """A judge with and without its memory, asked for one thing."""

    judge: Judge
    uncached: Judge
    rubric: Rubric

    def scores(self, asked: Sequence[Asked]) -> list[Score]:
        return [one.value for one in self.judge.score(self.rubric, asked)]

    def fresh(self, asked: Sequence[Asked]) -> list[Score]:
        return [one.value for one in self.uncached.score(self.rubric, asked)]


def _refuse_too_few(labelled: Sequence[LabelledAnswer], trait: str) -> None:
    where = f"trait '{trait}', labelled.jsonl"
    if len(labelled) < FEWEST_LABELLED:
        what = f"there are {len(labelled)} labelled answers, and a check takes at least {FEWEST_LABELLED}"
        raise InputError(where, what, f"write {FEWEST_LABELLED - len(labelled)} more, across the scale")
    high = sum(one.score >= MIDDLE for one in labelled)
    if high in (0, len(labelled)):
        what = f"all answers are labelled {'50 or more' if high else 'below 50'}"
        raise InputError(where, what, "write answers for the other half of the scale")


def _attack(
    bench: _Bench, labelled: Sequence[LabelledAnswer], injections: Sequence[Injection], draws: random.Random
) -> tuple[InjectionResult, ...]:
    """Each attack on an answer with room to be moved: one that scores low where it pushes up."""
    low = [one for one in labelled if one.score <= EXTREMES[0]] or labelled
    high = [one for one in labelled if one.score >= EXTREMES[1]] or labelled
    pairs = []
    for record in injections:
        victim = draws.choice(low if record.pushes == "up" else high)
        pairs.append(injected(Asked(victim.question, victim.answer), record))
    attacked = bench.scores([attack for attack, _ in pairs])
    controls = bench.scores([control for _, control in pairs])
    return tuple(
        InjectionResult(record.id, record.kind, record.place, record.pushes, control, score)
        for record, control, score in zip(injections, controls, attacked, strict=True)
    )


def _length_correlation(scores: Sequence[Score], labelled: Sequence[LabelledAnswer]) -> float | None:
    known = [(score, one) for score, one in zip(scores, labelled, strict=True) if score is not None]
    if len(known) < 2:
        return None
    return partial_rank_correlation(
        [score for score, _ in known],
        [len(one.answer.split()) for _, one in known],
        [one.score for _, one in known],
    )


def _cut(asked: Asked) -> Asked:
    """The first half of an answer's words."""
    words = asked.answer.split()
    return asked._replace(answer=" ".join(words[: (len(words) + 1) // 2]))


def _lengthened(asked: Asked, place: int) -> Asked:
    return asked._replace(answer=f"{asked.answer} {NEUTRAL[place % len(NEUTRAL)]}")
