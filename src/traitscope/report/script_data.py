"""What the page's script knows: the figures and answers of each evaluation, the projections of each token.

Figures are written here, in one place for page and script; the script sets them as text, never as markup.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from traitscope.report import numbers
from traitscope.report.comparison_view import ComparisonView
from traitscope.report.tokens import token_mean, token_reach, token_traits
from traitscope.report.trait_view import Answer, Evaluation, Place, SteeringView, sampled


def evaluation_keys(slug: str, evaluations: Sequence[Evaluation]) -> dict[Place, str]:
    """Place of an evaluation to the key under which page, script and address find it."""
    return {
        e.place: f"{slug}.{e.layer}.{e.step}" + re.sub(r"[^\w-]+", "_", f".{e.direction}").rstrip("_")
        if e.direction
        else f"{slug}.{e.layer}.{e.step}"
        for e in evaluations
    }


def by_direction(evaluations: Sequence[Evaluation]) -> dict[str, list[Evaluation]]:
    """Evaluations by the direction they pushed along, in the order in which these were tried; one drawing
    shows one."""
    found: dict[str, list[Evaluation]] = {}
    for evaluation in evaluations:
        found.setdefault(evaluation.direction, []).append(evaluation)
    return found or {"": []}


def evaluation_figures(evaluation: Evaluation) -> list[tuple[str, str, str]]:
    """(label, figure, why it is missing) of one evaluation."""
    direction = [("direction", evaluation.direction, "")] if evaluation.direction else []
    return [
        *direction,
        ("layer", str(evaluation.layer), ""),
        ("step", f"{evaluation.step}, refined" if evaluation.refined else str(evaluation.step), ""),
        ("coefficient", numbers.significant(evaluation.coefficient), ""),
        ("strength", numbers.ratio(evaluation.relative_strength), ""),
        ("trait", numbers.points(evaluation.trait), numbers.reason(evaluation.trait)),
        ("delta", numbers.signed_points(evaluation.delta), numbers.reason(evaluation.delta)),
        ("coherence", numbers.points(evaluation.coherence), numbers.reason(evaluation.coherence)),
        ("coherent", "yes" if evaluation.coherent else "no", ""),
        ("unscored", f"{evaluation.unscored} of {evaluation.answered}", ""),
    ]


def script_data(
    steerings: Mapping[str, SteeringView], comparisons: Mapping[str, ComparisonView]
) -> dict[str, Any]:
    """Plain values for JSON.

    Args:
        steerings: by the trait's slug.
        comparisons: by the comparison's slug.
    """
    return {
        "questions": {
            slug: list(sampled(steering.questions, steering.samples)) for slug, steering in steerings.items()
        },
        "evaluations": {
            key: _evaluation(evaluation)
            for slug, steering in steerings.items()
            for evaluation in steering.evaluations
            for key in evaluation_keys(slug, [evaluation]).values()
        },
        "tokens": {slug: _tokens(comparison) for slug, comparison in comparisons.items()},
    }


def _evaluation(evaluation: Evaluation) -> dict[str, Any]:
    return {"figures": evaluation_figures(evaluation), "answers": [_answer(a) for a in evaluation.answers]}


def _answer(answer: Answer) -> list[str]:
    return [answer.text, numbers.points(answer.trait), numbers.points(answer.coherence)]


def _tokens(comparison: ComparisonView) -> dict[str, Any]:
    traits = token_traits(comparison)
    reaches = {trait: token_reach(comparison, trait) for trait in traits}
    return {
        "reach": {trait: [reach, numbers.significant(reach)] for trait, reach in reaches.items()},
        "answers": [
            {
                trait: {
                    "mean": numbers.on_scale(token_mean(line, trait), reaches[trait]),
                    "values": [float(f"{value:.3g}") for value in line.values[trait]],
                }
                for trait in traits
            }
            for view in comparison.tokens
            for line in (view.before, view.after)
        ],
    }
