"""Keeping the page under its size: what is left out first, and the sentence that says so."""

from collections.abc import Callable
from dataclasses import replace

from traitscope.report.trait_view import Answer, AnswerSet, Evaluation, SteeringView
from traitscope.report.values import Absent
from traitscope.report.view import ReportView

_SHORT = 600
"""Characters kept of an answer when even the shown ones are too long."""


def reductions(view: ReportView) -> list[tuple[str, Callable[[], ReportView]]]:
    """Ever smaller views, each with the sentence that says what it lacks; the first lacks nothing."""
    return [
        ("", lambda: view),
        (
            "To keep this page small, answers of the search are shown for the best evaluation of each layer;"
            " all of them are in steer/TRAIT/VARIANT/answers.jsonl.",
            lambda: _with_evaluations(view, _best_only),
        ),
        (
            "To keep this page small, answers of the search are left out;"
            " all of them are in steer/TRAIT/VARIANT/answers.jsonl.",
            lambda: _with_evaluations(view, _without_answers),
        ),
        (
            "To keep this page small, answers of the search are left out, the others are cut to"
            f" {_SHORT} characters and shown for the worst, median and best question, tokens for two prompts;"
            " all of them are in the experiment's folder.",
            lambda: _shortest(_with_evaluations(view, _without_answers)),
        ),
    ]


def _with_evaluations(view: ReportView, change: Callable[[SteeringView], SteeringView]) -> ReportView:
    return replace(
        view,
        traits=tuple(
            trait if isinstance(trait.steering, Absent) else replace(trait, steering=change(trait.steering))
            for trait in view.traits
        ),
    )


def _best_only(steering: SteeringView) -> SteeringView:
    kept = {evaluation.place for evaluation in steering.best_per_layer}
    return _keeping(steering, lambda evaluation: evaluation.place in kept)


def _without_answers(steering: SteeringView) -> SteeringView:
    return _keeping(steering, lambda _: False)


def _keeping(steering: SteeringView, keeps: Callable[[Evaluation], bool]) -> SteeringView:
    """Answers kept where asked; best ones change alike, since they are found by equality."""

    def slim(evaluation: Evaluation) -> Evaluation:
        return evaluation if keeps(evaluation) else replace(evaluation, answers=())

    best, strong = steering.best, steering.too_strong
    return replace(
        steering,
        evaluations=tuple(map(slim, steering.evaluations)),
        best_per_layer=tuple(map(slim, steering.best_per_layer)),
        best=best if isinstance(best, Absent) else slim(best),
        too_strong=strong if isinstance(strong, Absent) else slim(strong),
    )


def _shortest(view: ReportView) -> ReportView:
    slim = _with_evaluations(
        view, lambda steering: replace(steering, answers=tuple(_cut(a) for a in steering.answers if a.flag))
    )
    return replace(
        slim,
        comparisons=tuple(replace(c, tokens=c.tokens[:2], spans=c.spans[:20]) for c in slim.comparisons),
    )


def _cut(answers: AnswerSet) -> AnswerSet:
    def short(answer: Answer) -> Answer:
        text = answer.text
        return (
            answer if len(text) <= _SHORT else replace(answer, text=text[:_SHORT] + "\N{HORIZONTAL ELLIPSIS}")
        )

    strong = answers.too_strong
    return replace(
        answers,
        baseline=short(answers.baseline),
        best=short(answers.best),
        too_strong=strong if isinstance(strong, Absent) else short(strong),
    )
