"""Ids of unequal lengths as one rectangle, padded on either side."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from traitscope.models import Ids


class Rectangle(NamedTuple):
    """Padded ids; each (rows, tokens) int64."""

    ids: Tensor
    mask: Tensor
    """1 at a token, 0 at a pad."""
    positions: Tensor
    """0 at a row's first token, counted without its pads."""


def pad_left(sequences: Sequence[Ids], pad_id: int, device: torch.device) -> Rectangle:
    """Pads before: the rows end together, as decoding needs.

    `generate` works positions out from the mask; a loop of one's own must pass them.
    """
    width = max(map(len, sequences))
    ids = [[pad_id] * (width - len(row)) + list(row) for row in sequences]
    mask = [[0] * (width - len(row)) + [1] * len(row) for row in sequences]
    return _rectangle(ids, mask, device)


def pad_right(sequences: Sequence[Ids], pad_id: int, device: torch.device) -> Rectangle:
    """Pads after: a causal network's tokens never see them, so reading needs no mask."""
    width = max(map(len, sequences))
    ids = [list(row) + [pad_id] * (width - len(row)) for row in sequences]
    mask = [[1] * len(row) + [0] * (width - len(row)) for row in sequences]
    return _rectangle(ids, mask, device)


def by_length(sequences: Sequence[Sequence[int]], rows: int) -> list[list[int]]:
    """Indexes of `sequences` in batches of at most `rows`, of like lengths, so that little is padded."""
    order = sorted(range(len(sequences)), key=lambda index: (len(sequences[index]), index))
    return [order[start : start + rows] for start in range(0, len(order), rows)]


def _rectangle(ids: list[list[int]], mask: list[list[int]], device: torch.device) -> Rectangle:
    masks = torch.tensor(mask, device=device)
    positions = (masks.cumsum(1) - 1).clamp(min=0)
    return Rectangle(torch.tensor(ids, device=device), masks, positions)
