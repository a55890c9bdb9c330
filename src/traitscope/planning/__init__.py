"""An experiment counted before it runs: tokens, passes, judged answers, memory, disk, time, money.

In: an opened experiment. Out: a `Plan`, whose counts are the most that a run may take. Nothing is loaded:
sizes come from configs, prompts from tokenizers alone, time from what was measured before or is assumed.
"""

from traitscope.planning.machine import parse_memory
from traitscope.planning.rows import as_json
from traitscope.planning.whole import Plan, PlannedWork, VariantPlan, plan
from traitscope.planning.work import Decoding, Judged, Likelihood, Reading, Work

__all__ = [
    "Decoding",
    "Judged",
    "Likelihood",
    "Plan",
    "PlannedWork",
    "Reading",
    "VariantPlan",
    "Work",
    "as_json",
    "parse_memory",
    "plan",
]
