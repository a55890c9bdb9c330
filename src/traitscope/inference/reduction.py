"""What is kept of the residuals of a batch while a model reads it: sums, projections, tokens.

All of it is made on the device that holds the layer, one layer at a time, so that only what is kept leaves
it. Sinks (tokens whose length exceeds ten medians of their answer's, or prompt's) and the template's own
tokens enter no sum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from traitscope.config.groups import group_of
from traitscope.inference.covariance import Sketch

GROUPED = ("sums", "counts")
"""Of the sums of an answer those that are kept group by group."""
SINK = 10.0
"""A token whose length exceeds this many medians is an attention sink: it says nothing about the words."""


@dataclass(frozen=True)
class Span:
    """Where the parts of one sequence are, in tokens.

    Attributes:
        content: the prompt's own words, without the template around them.
        prompt: length of the rendered prompt.
        response: length of the response.
    """

    content: range
    prompt: int
    response: int


@dataclass(frozen=True)
class LayerSums:
    """What one layer's residuals of a batch come down to, on the CPU.

    Attributes:
        sums: (rows, groups, width) float32, of the response tokens of each group.
        counts: (rows, groups) float32, how many tokens these are.
        squares: (rows, width) float32, sums of squares over response tokens.
        lengths: (rows,) float32, sum of the lengths of response tokens.
        prompt_sum, prompt_squares: (rows, width) float32, over the prompt's own words.
        prompt_count: (rows,) float32.
        last_prompt: (rows, width) float32, the last token before the response.
    """

    sums: Tensor
    counts: Tensor
    squares: Tensor
    lengths: Tensor
    prompt_sum: Tensor
    prompt_squares: Tensor
    prompt_count: Tensor
    last_prompt: Tensor

    def is_finite(self) -> Tensor:
        """Which rows hold nothing but numbers, (rows,) bool."""
        parts = (self.sums.flatten(1), self.squares, self.prompt_squares, self.last_prompt)
        return torch.stack([part.isfinite().all(1) for part in parts]).all(0)


class Masks:
    """Which tokens of a batch are what, (rows, tokens) each, on a device."""

    def __init__(self, spans: Sequence[Span], tokens: int) -> None:
        self.response = torch.zeros(len(spans), tokens, dtype=torch.bool)
        self.content = torch.zeros(len(spans), tokens, dtype=torch.bool)
        groups = max(group_of(span.response - 1) for span in spans) + 1
        self.groups = torch.zeros(len(spans), groups, tokens)
        for row, span in enumerate(spans):
            self.response[row, span.prompt : span.prompt + span.response] = True
            self.content[row, span.content.start : span.content.stop] = True
            for token in range(span.response):
                self.groups[row, group_of(token), span.prompt + token] = 1.0
        self.last = torch.tensor([span.prompt - 1 for span in spans])

    def to(self, device: torch.device) -> "Masks":
        """The same on another device."""
        moved = object.__new__(Masks)
        moved.__dict__ = {name: tensor.to(device) for name, tensor in self.__dict__.items()}
        return moved


def with_groups(values: Tensor, groups: int) -> Tensor:
    """Values (rows, some groups, ...) with so many groups, those that are added empty."""
    missing = values.new_zeros(len(values), groups - values.shape[1], *values.shape[2:])
    return torch.cat([values, missing], dim=1) if missing.numel() else values


def sinks(residual: Tensor) -> Tensor:
    """Which tokens are sinks, (tokens,) bool, of residuals (tokens, width)."""
    lengths = residual.norm(dim=-1)
    return sinks_of(lengths, torch.ones_like(lengths, dtype=torch.bool))


def sinks_of(lengths: Tensor, mask: Tensor) -> Tensor:
    """Which tokens are sinks among those of a mask, (..., tokens) bool, of lengths (..., tokens)."""
    medians = torch.where(mask, lengths, torch.nan).nanmedian(dim=-1, keepdim=True).values
    found: Tensor = mask & (lengths > SINK * medians)
    return found


def layer_sums(residual: Tensor, masks: Masks) -> tuple[LayerSums, Tensor]:
    """What a layer's residuals (rows, tokens, width) float32 come down to; and the response tokens that
    count, (rows, tokens) bool."""
    lengths = residual.norm(dim=-1)
    kept = masks.response & ~sinks_of(lengths, masks.response)
    words = (masks.content & ~sinks_of(lengths, masks.content)).float()
    weights = masks.groups * kept[:, None].float()
    every = kept.float()[:, None]
    squared = residual.square()
    found = LayerSums(
        sums=weights @ residual,
        counts=weights.sum(-1),
        squares=(every @ squared)[:, 0],
        lengths=(lengths * kept).sum(-1),
        prompt_sum=(words[:, None] @ residual)[:, 0],
        prompt_squares=(words[:, None] @ squared)[:, 0],
        prompt_count=words.sum(-1),
        last_prompt=residual[torch.arange(len(residual), device=residual.device), masks.last],
    )
    return LayerSums(**{name: tensor.cpu() for name, tensor in vars(found).items()}), kept


@dataclass(frozen=True)
class Wanted:
    """What is kept beside the sums.

    Attributes:
        layers: whose tokens are kept.
        tokens: (kept, 2) int64, row and token index of every token that is kept.
        dtype: what they are kept in.
        lines: layer -> unit directions (n, width) float32 to project these tokens on.
        sketch: what takes in the response tokens, layer by layer; None where no covariance is kept.
    """

    layers: frozenset[int]
    tokens: Tensor
    dtype: torch.dtype
    lines: Mapping[int, Tensor]
    sketch: Sketch | None


class Reduction:
    """Takes each layer's residual of one batch and keeps of it what is wanted."""

    def __init__(self, spans: Sequence[Span], wanted: Wanted) -> None:
        self.wanted = wanted
        self.masks = Masks(spans, max(span.prompt + span.response for span in spans))
        self.sums: list[LayerSums] = []
        self.kept: dict[int, Tensor] = {}
        self.projected: dict[int, Tensor] = {}

    def take(self, layer: int, residual: Tensor) -> None:
        """One layer's residual, (rows, tokens, width); layers arrive in order."""
        assert layer == len(self.sums)
        masks, wanted, whole = self._masks(residual.device), self.wanted, residual.float()
        sums, kept = layer_sums(whole, masks)
        self.sums.append(sums)
        # What is no number ends the reading (`capture`), and no eigenvectors are asked of it.
        if wanted.sketch is not None and bool(sums.is_finite().all()):
            wanted.sketch.add(layer, whole[masks.response], kept[masks.response])
        if layer not in wanted.layers and layer not in wanted.lines:
            return
        rows, tokens = wanted.tokens.to(residual.device).unbind(1)
        chosen = whole[rows, tokens]
        if layer in wanted.layers:
            self.kept[layer] = chosen.to(wanted.dtype).cpu()
        if layer in wanted.lines:
            raw = chosen @ wanted.lines[layer].to(residual.device).T  # (tokens, lines)
            self.projected[layer] = torch.cat([raw, chosen.norm(dim=-1, keepdim=True)], dim=1).cpu()

    def _masks(self, device: torch.device) -> Masks:
        if self.masks.response.device != device:
            self.masks = self.masks.to(device)
        return self.masks
