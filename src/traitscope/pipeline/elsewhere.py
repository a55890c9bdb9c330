"""The winner away from what it was chosen on: small instructions of many kinds, which ask for no view."""

from collections.abc import Sequence
from typing import Any

from traitscope.data import load_prompt_set
from traitscope.experiment import SHIPPED
from traitscope.judging import mean_score
from traitscope.pipeline.bench import Aim, Bench, Steps, Wanted
from traitscope.pipeline.scoring import Scored
from traitscope.statistics import paired_interval

PROMPT_SET = SHIPPED / "prompts" / "instructions.json"
FEWEST_SCORED = 0.8


def instructions() -> list[str]:
    """What is asked."""
    return [one.text for one in load_prompt_set(PROMPT_SET).prompts]


def look_elsewhere(bench: Bench, winner: Aim) -> Steps[dict[str, Any]]:
    """Answer the instructions unsteered and with the winner; what `damage.json` holds of it.

    `changed` is the share of instructions whose answer is another one under the push, by its tokens.
    """
    prompts = instructions()
    answered = yield Wanted(bench, "elsewhere", prompts, {"unsteered": None}, None)
    reference = bench.scorer.unsteered(answered["unsteered"])
    answered |= yield Wanted(bench, "elsewhere", prompts, {"winner": winner}, reference)
    ids = _ids(bench)
    changed = [before != after for before, after in zip(ids["unsteered"], ids["winner"], strict=True)]
    return {
        "prompts": len(prompts),
        "unsteered": _means(answered["unsteered"]),
        "winner": _means(answered["winner"]),
        **_delta(answered["unsteered"], answered["winner"], bench.run.seed),
        "changed": sum(changed) / len(changed),
    }


def _means(scored: Sequence[Scored]) -> dict[str, float | None]:
    return {
        "trait": mean_score([one.trait for one in scored]),
        "coherence": mean_score([one.coherence for one in scored]),
    }


def _delta(before: Sequence[Scored], after: Sequence[Scored], seed: int) -> dict[str, float | None]:
    differences = [
        other.trait - one.trait
        for one, other in zip(before, after, strict=True)
        if one.trait is not None and other.trait is not None
    ]
    if len(differences) < max(2, FEWEST_SCORED * len(before)):
        return {"delta": None, "delta_low": None, "delta_high": None}
    found = paired_interval(differences, seed)
    return {"delta": found.mean, "delta_low": found.low, "delta_high": found.high}


def _ids(bench: Bench) -> dict[str, list[list[int]]]:
    """Tokens of the answers by arm, in the order of the instructions."""
    wanted = set(bench.batches)
    rows = [row for row in bench.answers.all_rows() if row["batch"] in wanted]
    return {
        arm: [
            row["ids"]
            for row in sorted(
                (row for row in rows if row["arm"] == arm), key=lambda row: int(row["question"])
            )
        ]
        for arm in ("unsteered", "winner")
    }
