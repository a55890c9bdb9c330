"""A winner's price and its sample answers, as `summary.json` has them."""

from collections.abc import Mapping
from typing import Any

from traitscope.experiment import Journal
from traitscope.judging.averages import FEW_SCORED
from traitscope.pipeline.rows import with_reasons
from traitscope.pipeline.steer.bench import arm_rows
from traitscope.pipeline.steer.damage import NOT_FINITE
from traitscope.steering import UNSTEERED, WINNER, samples

UNSCORED = "the answer has no score"


def damage_row(found: Mapping[str, Any]) -> dict[str, Any]:
    """What the winner costs: `damage` and `elsewhere`, or why they are null.

    Args:
        found: as `damage_found` gives it.
    """
    if not found["measured"]:
        return with_reasons({"damage": None, "elsewhere": None}, found["reason"])
    away = found["elsewhere"]
    return {
        "damage": {
            **with_reasons({"divergence": found["divergences"][WINNER]}, NOT_FINITE),
            "prompts": found["prompts"],
            "accuracy": found["accuracy"],
        },
        "elsewhere": with_reasons(
            {
                "prompts": away["prompts"],
                "baseline": away["unsteered"]["trait"],
                "trait": away["winner"]["trait"],
                "delta": away["delta"],
                "delta_low": away["delta_low"],
                "delta_high": away["delta_high"],
                "coherence_unsteered": away["unsteered"]["coherence"],
                "coherence": away["winner"]["coherence"],
                "changed": away["changed"],
            },
            FEW_SCORED,
        ),
    }


def divergence_row(found: Mapping[str, Any], arm: str) -> dict[str, Any]:
    """How far an arm moves the next token; 0 of the unsteered one."""
    if not found["measured"]:
        return with_reasons({"divergence": None}, found["reason"])
    if arm == UNSTEERED:
        return {"divergence": 0.0}
    reason = NOT_FINITE if arm in found["divergences"] else "not measured"
    return with_reasons({"divergence": found["divergences"].get(arm)}, reason)


def sample_rows(journals: Mapping[str, Journal], found: Mapping[str, Any], sign: int) -> list[dict[str, Any]]:
    """The winner's worst, median and best answer to the report questions, with the unsteered ones beside.

    Args:
        journals: those called `answers` and `scores`.
        found: the content of `best.json`.
        sign: 1 to induce, -1 to suppress.
    """
    steered, plain = (_answers(journals, found, arm) for arm in (WINNER, UNSTEERED))
    flags = samples([one["trait"] for one in steered], sign)
    order = {"worst": 0, "median": 1, "best": 2}
    return [
        {
            "flag": flag,
            "question": steered[place]["question"],
            "answer": steered[place]["text"],
            "trait": steered[place]["trait"],
            **with_reasons({"coherence": steered[place]["coherence"]}, UNSCORED),
            "unsteered_answer": plain[place]["text"],
            **with_reasons({"unsteered_trait": plain[place]["trait"]}, UNSCORED),
        }
        for place, flag in sorted(flags.items(), key=lambda one: order[one[1]])
    ]


def _answers(journals: Mapping[str, Journal], found: Mapping[str, Any], arm: str) -> list[dict[str, Any]]:
    """Answers of one arm to the report questions, with their scores."""
    answers = []
    for row in arm_rows(journals["answers"], set(found["batches"]), "report", arm):
        scores = journals["scores"].get(row["batch"])
        assert scores is not None
        score = scores[row["row"]]
        answers.append(
            {
                "question": found["questions"]["report"][row["question"]],
                "text": row["text"],
                "trait": score["trait"],
                "coherence": score["coherence"],
            }
        )
    return answers
