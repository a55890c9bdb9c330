"""The next token of every row: the likeliest, or one drawn from the row's own stream of random numbers.

    token = the first whose cumulated probability exceeds u,   p = softmax(logits / temperature)

One u a token, uniform and drawn from the row's seed alone: which rows share its batch, and in which order,
changes nothing but the rounding of its logits. Probabilities are float64 of float32 logits: cumulated in
less, a vocabulary of 128,000 loses its tail.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def uniforms(seeds: Sequence[int], tokens: int) -> Tensor:
    """Random numbers in [0, 1) for every token that a row may get, (rows, tokens) float64.

    Those of a seed begin alike however many are asked for.
    """
    return torch.stack(
        [
            torch.rand(tokens, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
            for seed in seeds
        ]
    )


def likeliest(logits: Tensor) -> Tensor:
    """(rows,) int64 from logits (rows, tokens, vocabulary); the last token's count."""
    return logits[:, -1].float().argmax(dim=-1)


def drawn(logits: Tensor, temperature: float, uniform: Tensor) -> Tensor:
    """As `likeliest`, drawn at a temperature above 0 by `uniform` (rows,) float64."""
    # Not every accelerator has float64; the CPU does.
    device = logits.device if logits.device.type in ("cpu", "cuda") else torch.device("cpu")
    scaled = logits[:, -1].float().to(device).double() / temperature
    cumulated = scaled.softmax(-1).cumsum(-1)
    places = uniform.to(device)[:, None] * cumulated[:, -1:]
    return torch.searchsorted(cumulated, places, right=True)[:, 0].to(logits.device)
