"""A winner's price and its sample answers, as `summary.json` has them."""

from collections.abc import Mapping, Sequence
from typing import Any

from traitscope.data import Trait
from traitscope.experiment import Journal
from traitscope.pipeline.damage import damage_found
from traitscope.pipeline.run import Run
from traitscope.steering import samples

FEW_SCORED = "fewer than 80 % of the answers were scored"
NOT_FINITE = "the push breaks the network: the divergence is not finite"
UNSCORED = "the answer has no score"


def with_reasons(row: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """The row, each null followed by its reason."""
    found: dict[str, Any] = {}
    for key, value in row.items():
        found[key] = value
        if value is None:
            found[f"{key}_reason"] = reason
    return found


def damage_row(run: Run, trait: Trait) -> dict[str, Any]:
    """What the winner costs: `damage` and `elsewhere`, or why they are null."""
    found = damage_found(run, trait)
    if not found["measured"]:
        return with_reasons({"damage": None, "elsewhere": None}, found["reason"])
    away = found["elsewhere"]
    return {
        "damage": {
            **with_reasons({"divergence": found["divergences"]["winner"]}, NOT_FINITE),
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


def divergence_row(run: Run, trait: Trait, arm: str) -> dict[str, Any]:
    """How far an arm moves the next token; 0 of the unsteered one."""
    found = damage_found(run, trait)
    if not found["measured"]:
        return with_reasons({"divergence": None}, found["reason"])
    if arm == "unsteered":
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
    steered, plain = (_answers(journals, found, arm) for arm in ("winner", "unsteered"))
    flags = samples([one["trait"] for one in steered], sign)
    order = {"worst": 0, "median": 1, "best": 2}
    return [
        {
            "flag": flag,
            "question": found["questions"]["report"][place],
            "answer": steered[place]["text"],
            "trait": steered[place]["trait"],
            **with_reasons({"coherence": steered[place]["coherence"]}, UNSCORED),
            "unsteered_answer": plain[place]["text"],
            **with_reasons({"unsteered_trait": plain[place]["trait"]}, UNSCORED),
        }
        for place, flag in sorted(flags.items(), key=lambda one: order[one[1]])
    ]


def _answers(journals: Mapping[str, Journal], found: Mapping[str, Any], arm: str) -> Sequence[dict[str, Any]]:
    """Answers of one arm to the report questions, with their scores."""
    batches, best = set(found["batches"]), found["best"]
    rows = []
    for row in journals["answers"].all_rows():
        of_arm = row["batch"] in batches and (row["split"], row["arm"]) == ("report", arm)
        if of_arm and (arm == "unsteered" or row["coefficient"] == best["coefficient"]):
            scores = journals["scores"].get(row["batch"])
            assert scores is not None
            score = scores[row["row"]]
            rows.append(
                {
                    "question": row["question"],
                    "text": row["text"],
                    "trait": score["trait"],
                    "coherence": score["coherence"],
                }
            )
    return sorted(rows, key=lambda row: int(row["question"]))
