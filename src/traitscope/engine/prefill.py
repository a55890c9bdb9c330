"""The prompt pass, which decoding and scoring of answers both begin with, and a step of decoding after it."""

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


def decode_step(model: Model, chosen: Tensor, mask: Tensor, last: Tensor, cache: DynamicCache) -> Tensor:
    """Read one more token of each row; logits (rows, 1, vocabulary) of what comes next.

    Args:
        chosen: (rows,) int64, the tokens.
        mask: (rows, tokens), those of all tokens so far, these included.
        last: (rows,) int64, positions of these.
    """
    logits: Tensor = model.network(
        input_ids=chosen[:, None],
        attention_mask=mask,
        position_ids=last[:, None],
        past_key_values=cache,
        use_cache=True,
    ).logits
    return logits
