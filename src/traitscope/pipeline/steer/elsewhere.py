"""The winner away from what it was chosen on: small instructions of many kinds, which ask for no view."""

from collections.abc import Sequence
from typing import Any

from traitscope.data import load_prompt_set
from traitscope.experiment import SHIPPED
from traitscope.judging import mean_score
from traitscope.pipeline.judge.scoring import Scored
from traitscope.pipeline.rows import interval_row
from traitscope.pipeline.steer.bench import Aim, Bench, Steps, Wanted, arm_rows
from traitscope.steering import UNSTEERED, WINNER, paired

SPLIT = "elsewhere"
PROMPT_SET = SHIPPED / "prompts" / "instructions.json"


def instructions() -> list[str]:
    """What is asked."""
    return [one.text for one in load_prompt_set(PROMPT_SET).prompts]


def look_elsewhere(bench: Bench, winner: Aim) -> Steps[dict[str, Any]]:
    """Answer the instructions unsteered and with the winner; what `damage.json` holds of it.

    `changed` is the share of answers that are others under the push, by their tokens.
    """
    prompts = instructions()
    answered = yield Wanted(bench, SPLIT, prompts, {UNSTEERED: None}, None)
    reference = bench.scorer.unsteered(answered[UNSTEERED])
    answered |= yield Wanted(bench, SPLIT, prompts, {WINNER: winner}, reference)
    plain, steered = (arm_rows(bench.answers, bench.batches, SPLIT, arm) for arm in (UNSTEERED, WINNER))
    changed = [before["ids"] != after["ids"] for before, after in zip(plain, steered, strict=True)]
    scores = {arm: [one.trait for one in scored] for arm, scored in answered.items()}
    delta = paired(scores[WINNER], scores[UNSTEERED], 1, bench.run.seed)
    return {
        "prompts": len(prompts),
        "unsteered": _means(answered[UNSTEERED]),
        "winner": _means(answered[WINNER]),
        **interval_row("delta", delta),
        "changed": sum(changed) / len(changed),
    }


def _means(scored: Sequence[Scored]) -> dict[str, float | None]:
    return {
        "trait": mean_score([one.trait for one in scored]),
        "coherence": mean_score([one.coherence for one in scored]),
    }
