"""The prompt pass: what decoding and scoring of answers both begin with."""

from typing import NamedTuple

from torch import Tensor
from transformers import DynamicCache

from traitscope.engine.padding import Rectangle
from traitscope.models import Model


class Prefill(NamedTuple):
    """Prompts read: their keys and values, and what comes next."""

    cache: DynamicCache
    logits: Tensor
    """(rows, 1, vocabulary), after the last prompt token."""


def prefill(model: Model, prompts: Rectangle) -> Prefill:
    """Read left-padded prompts once, in a running model."""
    cache = DynamicCache(config=model.network.config)
    output = model.network(
        input_ids=prompts.ids,
        attention_mask=prompts.mask,
        position_ids=prompts.positions,
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=1,
    )
    # Some networks take `logits_to_keep` and give all logits nevertheless.
    return Prefill(cache, output.logits[:, -1:])
