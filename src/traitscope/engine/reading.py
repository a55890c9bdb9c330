"""Read given words: residuals after every block, and how likely the model finds the words.

Own words and another variant's words are read alike, in one forward pass over prompt and response, so that
`response[i]` is the residual where the i-th response token is the input, the last one included.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from traitscope.config.batches import CANDIDATES
from traitscope.engine.padding import Rectangle, pad_right
from traitscope.engine.taps import tapped
from traitscope.models import Component, Ids, Model


@dataclass(frozen=True)
class Words:
    """Something to read: the rendered prompt, and a response as generated ids (never text made ids again).

    Attributes:
        prompt: rendered ids.
        response: generated ids.
        adapter: who reads them, of the adapters attached to the model's weights; None: the model as it is.
    """

    prompt: Ids
    response: Ids
    adapter: str | None = None


class Take(Protocol):
    """What looks at each layer's residual while words are read."""

    def __call__(self, layer: int, residual: Tensor) -> None:
        """One layer's residual, (rows, tokens, width) in the block's dtype; layers arrive in order."""


@dataclass(frozen=True)
class Likelihood:
    """How likely a model finds the words of one response.

    Attributes:
        log_probability: (response tokens,) float32, of each response token given all before it.
        mean_logits: (vocabulary,) float32, mean of the next-token logits where response tokens from a given
            one on are the input; None when there is no such token.
        candidates: (response tokens, CANDIDATES) int32, the likeliest tokens in place of each response token,
            or those that were asked about.
        candidate_log_probability: (response tokens, CANDIDATES) float32, of these.
    """

    log_probability: Tensor
    mean_logits: Tensor | None
    candidates: Tensor
    candidate_log_probability: Tensor


def read_through(
    model: Model,
    words: Sequence[Words],
    takes: Mapping[Component, Take],
    logits_from: int,
    candidates: Sequence[Tensor] | None = None,
) -> list[Likelihood]:
    """Read `words` in one batch, padded on the right, while residuals and sub-blocks' outputs are looked at.

    Args:
        model: the reader.
        words: non-empty responses.
        takes: component -> what sees it at every layer.
        logits_from: the response token from which on next-token logits are averaged.
        candidates: of each response, the tokens asked about, (response tokens, any number); None: the
            likeliest ones.

    Raises:
        InputError: the readers' adapters cannot share a batch (see `mixing_obstacle`).
        WorkError: an adapter did not reach its rows (see `Mixture.check`).
    """
    batch = pad_right([(*one.prompt, *one.response) for one in words], model.pad_id, model.device)
    first = min(len(one.prompt) for one in words) - 1
    asked: Sequence[Tensor | None] = candidates or [None] * len(words)
    with ExitStack() as taps:
        mixture = taps.enter_context(model.running([one.adapter for one in words]))
        # Sub-blocks before blocks: a block that is wrapped no longer shows its parts by name.
        for component in sorted(takes, key=lambda one: one == "residual"):
            taps.enter_context(tapped(model, range(model.layers), takes[component], component))
        logits = _run(model, batch, logits=batch.ids.shape[1] - first)
        mixture.check(1)
        return [
            _likelihood(logits[row], one, first, logits_from, asked[row]) for row, one in enumerate(words)
        ]


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
    computed.

    Raises:
        InputError, WorkError: as `read_through`.
    """
    sequences = [
        (*one.prompt, *one.response)[: max(indexes) + 1] for one, indexes in zip(words, kept, strict=True)
    ]
    batch = pad_right(sequences, model.pad_id, model.device)
    shown = _Shown(kept)
    readers = [one.adapter for one in words]
    with model.running(readers) as mixture, tapped(model, range(model.layers), shown.take, component):
        _run(model, batch, logits=1)
        mixture.check(1)
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

    Raises:
        InputError, WorkError: as `read_through`.
    """
    shown = _Shown(kept)
    likelihoods = read_through(model, words, {"residual": shown.take}, logits_from)
    return [
        Reading(residual, one.log_probability, one.mean_logits)
        for one, residual in zip(likelihoods, shown.by_row(), strict=True)
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


def _likelihood(
    logits: Tensor, words: Words, first: int, logits_from: int, candidates: Tensor | None
) -> Likelihood:
    """How likely the response is, from one row of logits (tokens, vocabulary)."""
    start = len(words.prompt) - 1 - first
    response = logits[start : start + len(words.response) + 1].float()
    chosen = torch.tensor(words.response, device=logits.device)[:, None]
    total = response[:-1].logsumexp(1, keepdim=True)
    if candidates is None:
        candidates = response[:-1].topk(min(CANDIDATES, response.shape[1])).indices
    asked = candidates.to(logits.device, torch.long)
    # Row i of `response` is where response token i - 1 is the input.
    late = response[1 + logits_from :]
    return Likelihood(
        (response[:-1].gather(1, chosen) - total)[:, 0].cpu(),
        late.mean(0).cpu() if len(late) else None,
        asked.int().cpu(),
        (response[:-1].gather(1, asked) - total).cpu(),
    )
