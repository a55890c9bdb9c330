"""Read given words: residuals after every block, and how likely the model finds the words.

Own words and another variant's words are read alike, in one forward pass over prompt and response, so that
`response[i]` is the residual where the i-th response token is the input, the last one included.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from traitscope.engine.padding import Rectangle, pad_right
from traitscope.engine.taps import tapped
from traitscope.models import Component, Ids, Model


@dataclass(frozen=True)
class Words:
    """Something to read: the rendered prompt, and a response as generated ids (never text made ids again)."""

    prompt: Ids
    response: Ids


@dataclass(frozen=True)
class Reading:
    """What one model made of some words.

    Attributes:
        residual: (layers, tokens, width) float32 on the CPU, at the tokens asked for.
        log_probability: (response tokens,) float32, of each response token given all before it.
        mean_logits: (vocabulary,) float32, mean of the next-token logits where the tokens asked for by
            `logits_from` are the input; None when there is no such token.
    """

    residual: Tensor
    log_probability: Tensor
    mean_logits: Tensor | None


def read_residual(
    model: Model,
    words: Sequence[Words],
    kept: Sequence[Sequence[int]],
    component: Component = "residual",
) -> list[Tensor]:
    """Residuals (or outputs of a sub-block) alone, one batch: for each of `words` (layers, tokens, width)
    float32 at the token indexes in `kept` (counted over prompt + response); nothing after the last of them is
    computed."""
    sequences = [
        (*one.prompt, *one.response)[: max(indexes) + 1] for one, indexes in zip(words, kept, strict=True)
    ]
    batch = pad_right(sequences, model.pad_id, model.device)
    shown = _Shown(kept)
    with model.running(), tapped(model, range(model.layers), shown.take, component):
        _run(model, batch, logits=1)
    return shown.by_row()


def read(
    model: Model, words: Sequence[Words], kept: Sequence[Sequence[int]], logits_from: int
) -> list[Reading]:
    """Read `words` in one batch.

    Args:
        model: the reader.
        words: non-empty responses.
        kept: token indexes, counted over prompt + response, whose residuals are wanted.
        logits_from: the response token from which on next-token logits are averaged.
    """
    batch = pad_right([(*one.prompt, *one.response) for one in words], model.pad_id, model.device)
    shown = _Shown(kept)
    first = min(len(one.prompt) for one in words) - 1
    with model.running(), tapped(model, range(model.layers), shown.take):
        logits = _run(model, batch, logits=batch.ids.shape[1] - first)
        return [
            Reading(residual, *_likelihood(logits[row], one, first, logits_from))
            for row, (one, residual) in enumerate(zip(words, shown.by_row(), strict=True))
        ]


class _Shown:
    """Collects the wanted tokens of each layer's residual as the blocks show them."""

    def __init__(self, kept: Sequence[Sequence[int]]) -> None:
        self.kept = kept
        self.rows = torch.tensor([row for row, indexes in enumerate(kept) for _ in indexes], dtype=torch.long)
        self.tokens = torch.tensor([index for indexes in kept for index in indexes], dtype=torch.long)
        self.layers: list[Tensor] = []

    def take(self, layer: int, residual: Tensor) -> None:
        """One layer's residual, (rows, tokens, width); layers arrive in order."""
        assert layer == len(self.layers)
        rows, tokens = self.rows.to(residual.device), self.tokens.to(residual.device)
        self.layers.append(residual[rows, tokens].float().cpu())

    def by_row(self) -> list[Tensor]:
        """(layers, tokens, width) for each row."""
        return list(torch.split(torch.stack(self.layers), [len(indexes) for indexes in self.kept], dim=1))


def _run(model: Model, batch: Rectangle, logits: int) -> Tensor:
    # No mask and no positions: with the pads behind, a causal network's own defaults are exact.
    output = model.network(input_ids=batch.ids, use_cache=False, logits_to_keep=logits)
    # Some networks take `logits_to_keep` and give all logits nevertheless.
    found: Tensor = output.logits[:, -logits:]
    return found


def _likelihood(logits: Tensor, words: Words, first: int, logits_from: int) -> tuple[Tensor, Tensor | None]:
    """Log-probabilities of the response and mean logits, from one row of logits (tokens, vocabulary)."""
    start = len(words.prompt) - 1 - first
    response = logits[start : start + len(words.response) + 1].float()
    chosen = torch.tensor(words.response, device=logits.device)[:, None]
    log_probability = (response[:-1].gather(1, chosen)[:, 0] - response[:-1].logsumexp(1)).cpu()
    # Row i of `response` is where response token i - 1 is the input.
    late = response[1 + logits_from :]
    return log_probability, late.mean(0).cpu() if len(late) else None
