"""A plan as a value for programs: counts as whole numbers, sizes in bytes, times in seconds."""

from typing import Any

from traitscope.planning.memory import Footprint
from traitscope.planning.price import Bill
from traitscope.planning.whole import Plan, PlannedWork, VariantPlan


def as_json(found: Plan) -> dict[str, Any]:
    """The plan as a value for programs; a figure that does not exist is null beside `<key>_reason`."""
    return {
        "experiment": found.experiment,
        "batch_rows": found.batch_rows,
        "work": [_work_row(one) for one in found.work],
        "variants": [_variant_row(one) for one in found.variants],
        "judges": [_bill_row(one) for one in found.bills],
        "totals": {
            "generated_tokens": found.generated,
            "read_tokens": sum(one.work.read for one in found.work),
            "batches": sum(len(one.work.batches) for one in found.work),
            "passes": sum(one.work.passes for one in found.work),
            "judged": found.judged,
            "seconds": round(found.seconds, 1),
            "disk_bytes": found.disk,
            "host_bytes": found.host_needed,
        },
        "notes": list(found.notes),
        "warnings": list(found.warnings),
    }


def _work_row(one: PlannedWork) -> dict[str, Any]:
    work = one.work
    row: dict[str, Any] = {
        "stage": work.stage,
        "subject": work.subject,
        "variant": work.variant,
        "rows": sum(batch.rows for batch in work.decodings),
        "decoding_batches": len(work.decodings),
        "batches": len(work.batches),
        "passes": work.passes,
        "generated_tokens": work.generated,
        "read_tokens": work.read,
        "judged": work.answers,
        "judged_perhaps_not_needed": work.spared,
        "disk_bytes": work.disk,
        "host_bytes": work.host,
        "seconds": round(one.seconds, 3),
    }
    if one.memory is None:
        return row | {"variant_reason": "no model runs", "memory": None, "memory_reason": "no model runs"}
    return row | {"memory": _bytes(one.memory)}


def _variant_row(one: VariantPlan) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": one.name,
        "model": one.model,
        "parameters": one.parameters,
        "known_from": one.known_from,
        "prompt_lengths": one.prompts,
        "dtype": one.dtype,
        "quantization": one.quantization,
        "device": one.device,
        "memory": _bytes(one.needed),
        "memory_free": one.memory,
        "fits": one.fits,
        "what_fits": list(one.mends),
        "gpus": None if one.over is None else {"count": one.over.gpus, "bytes": one.over.memory},
        "pace": {
            "measured": one.pace.measured,
            "source": one.pace.source,
            "operations_per_second": one.pace.operations_per_second,
            "new_tokens_per_second": one.pace.new_tokens_per_second(one.rows),
        },
    }
    if one.memory is None:
        row |= {"memory_free_reason": "no such device here", "fits_reason": "the free memory is not known"}
    if one.over is None:
        row["gpus_reason"] = "no number of them holds it" if one.spread else "it is not spread over devices"
    return row


def _bill_row(one: Bill) -> dict[str, Any]:
    row = one._asdict()
    reasons = {
        "model": "a built-in judge",
        "money": "the file has no price_in and price_out" if one.kind == "openai" else "it costs no money",
        "over": "no cap would be passed",
    }
    return row | {f"{key}_reason": reason for key, reason in reasons.items() if row[key] is None}


def _bytes(needed: Footprint) -> dict[str, int]:
    return {f"{key}_bytes": value for key, value in needed._asdict().items()} | {"total_bytes": needed.total}
