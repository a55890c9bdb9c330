"""Logit lens of a direction: which tokens it makes likelier when the last block writes it.

    lens(v) = (tail(v) - tail(-v)) / 2,   tail = final norm and unembedding

nostalgebraist 2020. The network's own tail is run on the direction in place of the last block's residual, so
that nothing needs to be known of its final norm; the difference takes biases out.
"""

from typing import Any

import torch
from torch import Tensor, nn

from traitscope.models import Model
from traitscope.models.blocks import with_residual


class _Writing(nn.Module):
    """A block that writes what it is given, whatever it computes."""

    def __init__(self, block: nn.Module, residual: Tensor) -> None:
        super().__init__()
        self.block = block
        self.residual = residual

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        output = self.block(*args, **kwargs)
        read = output[0] if isinstance(output, tuple) else output
        return with_residual(output, self.residual.to(read))

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("block"), name)


def logit_lens(model: Model, directions: Tensor) -> Tensor:
    """Logits that each direction stands for, (n, width) -> (n, vocabulary) float32 on the CPU.

    Only their order and signs mean something: a direction's length is lost in the final norm.
    """
    # Long enough that the norm's epsilon does not count.
    scaled = directions / directions.norm(dim=-1, keepdim=True) * directions.shape[-1] ** 0.5
    both = torch.cat([scaled, -scaled])[:, None]  # (2 n, one token, width)
    ids = torch.full((len(both), 1), model.pad_id, device=model.device)
    last = model.layers - 1
    block = model.blocks[last]
    model.blocks[last] = _Writing(block, both)
    try:
        with model.running():
            logits: Tensor = model.network(input_ids=ids, use_cache=False).logits[:, -1].float().cpu()
    finally:
        model.blocks[last] = block
    toward, away = logits.chunk(2)
    return (toward - away) / 2
