"""Greedy decoding of many rows at once, each steered at its own layer by its own vector."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from traitscope.engine.padding import pad_left
from traitscope.engine.prefill import prefill
from traitscope.engine.taps import tapped
from traitscope.models import Ids, Model

Positions = Literal["all", "response"]


@dataclass(frozen=True)
class Push:
    """What is added to one row's residual.

    Attributes:
        layer: the block after which it is added.
        vector: (width,) float32: coefficient times unit direction.
    """

    layer: int
    vector: Tensor


@dataclass(frozen=True)
class Row:
    """One answer to be decoded: its prompt, and what it is steered by (None: nothing)."""

    prompt: Ids
    push: Push | None = None


@dataclass(frozen=True)
class Answer:
    """What a row decoded to.

    Attributes:
        ids: generated tokens, the end token left out.
        ended: it ended by itself, before its last allowed token.
    """

    ids: Ids
    ended: bool


def decode(model: Model, rows: Sequence[Row], new_tokens: int, positions: Positions = "all") -> list[Answer]:
    """Decode `rows` greedily in one batch, at most `new_tokens` each.

    Steering acts from the first generated token on: `all` adds at every token of prompt and answer,
    `response` from the last prompt token on. A push of zero gives the unsteered tokens.

    Raises:
        WorkError: the steering did not reach the network (see `Taps.check`).
    """
    prompts = pad_left([row.prompt for row in rows], model.pad_id, model.device)
    layers = [row.push.layer if row.push else None for row in rows]
    vectors = torch.stack([row.push.vector if row.push else torch.zeros(model.width) for row in rows])
    ends = torch.tensor(sorted(model.end_ids), device=model.device)
    steered_layers = sorted({layer for layer in layers if layer is not None})
    with model.running(), tapped(model, steered_layers) as taps:
        taps.steer(layers, vectors)
        taps.mask(_steered_prompt(prompts.mask, positions))
        cache, logits = prefill(model, prompts)
        passes = 1
        chosen = _most_likely(logits)
        generated = [chosen]
        ended = torch.isin(chosen, ends)
        mask, last = prompts.mask, prompts.positions[:, -1]
        ones = torch.ones_like(chosen[:, None])
        taps.mask(ones)
        while len(generated) < new_tokens and not bool(ended.all()):
            mask, last = torch.cat([mask, ones], dim=1), last + 1
            output = model.network(
                input_ids=chosen[:, None],
                attention_mask=mask,
                position_ids=last[:, None],
                past_key_values=cache,
                use_cache=True,
            )
            passes += 1
            chosen = _most_likely(output.logits)
            generated.append(chosen)
            ended |= torch.isin(chosen, ends)
        taps.check(passes)
    return [_answer(row, model.end_ids) for row in torch.stack(generated, dim=1).tolist()]


def _steered_prompt(mask: Tensor, positions: Positions) -> Tensor:
    if positions == "all":
        return mask
    last = torch.zeros_like(mask)
    last[:, -1] = 1
    return last


def _most_likely(logits: Tensor) -> Tensor:
    return logits[:, -1].float().argmax(dim=-1)


def _answer(tokens: list[int], ends: frozenset[int]) -> Answer:
    for index, token in enumerate(tokens):
        if token in ends:
            return Answer(tuple(tokens[:index]), ended=True)
    return Answer(tuple(tokens), ended=False)
