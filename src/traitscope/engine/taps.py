"""Blocks that can be steered and read: each wrapped in a module that adds from a buffer and shows.

A Python hook is skipped by a CUDA graph, and one that is added after `torch.compile` never runs, without a
word. So a tapped block adds from a tensor it owns inside its own `forward`, and counts in another tensor the
rows it touched; `Taps.check` compares that count with what was asked for.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from traitscope.errors import WorkError
from traitscope.models.blocks import block_residual, with_residual

Show = Callable[[int, Tensor], None]


class HasBlocks(Protocol):
    """Whatever has decoder blocks to tap: a `Model`, for one."""

    @property
    def blocks(self) -> nn.ModuleList:
        """In order; block `L` writes the residual of layer `L`."""


class TappedBlock(nn.Module):
    """A decoder block whose residual is added to, shown, or both.

    Buffers:
        push: (rows, 1, width), block dtype, what is added to each row; zeros where a row is not steered here.
        mask: (rows, tokens or 1, 1), block dtype, 1 where a token is steered.
        steered: (rows,) int64, 1 for rows steered here.
        touched: (rows,) int64, forward passes in which a row was added to.
    """

    push: Tensor
    mask: Tensor
    steered: Tensor
    touched: Tensor

    def __init__(self, block: nn.Module, layer: int) -> None:
        super().__init__()
        self.block = block
        self.layer = layer
        self.show: Show | None = None
        self.pushes = False
        for name in ("push", "mask", "steered", "touched"):
            self.register_buffer(name, None, persistent=False)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The block's own output with its residual steered, then shown."""
        output = self.block(*args, **kwargs)
        residual = block_residual(output)
        if self.pushes:
            residual = residual + self.push * self.mask
            self.touched += self.steered
        if self.show is not None:
            self.show(self.layer, residual)
        return with_residual(output, residual)

    def __getattr__(self, name: str) -> Any:
        """Networks look at their blocks' attributes (attention type, ...): answer with the block's."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("block"), name)


@dataclass(frozen=True)
class Taps:
    """The tapped blocks of a running model, by layer."""

    blocks: dict[int, TappedBlock]

    def steer(self, layers: Sequence[int | None], vectors: Tensor) -> None:
        """Set what each row of the coming batch is given.

        Args:
            layers: layer at which each row is steered, None for a row that is not.
            vectors: (rows, width) float32, what is added to it there.
        """
        for layer, block in self.blocks.items():
            here = torch.tensor([one == layer for one in layers])
            reference = next(block.block.parameters())
            push = torch.where(here[:, None], vectors, torch.zeros(()))
            block.push = push[:, None, :].to(reference.device, reference.dtype)
            block.mask = torch.ones(len(layers), 1, 1, device=reference.device, dtype=reference.dtype)
            block.steered = here.long().to(reference.device)
            block.touched = torch.zeros_like(block.steered)
            block.pushes = bool(here.any())

    def mask(self, tokens: Tensor) -> None:
        """Say which tokens of the next forward pass are steered, (rows, tokens), 1 or 0."""
        for block in self.blocks.values():
            if block.pushes:
                block.mask = tokens[:, :, None].to(block.push.device, block.push.dtype)

    def check(self, passes: int) -> None:
        """Fail unless each of `passes` forward passes added to every steered row, and to no other.

        Raises:
            WorkError: the steering did not reach the network; the answers are not what they are called.
        """
        for layer, block in self.blocks.items():
            if block.pushes and not torch.equal(block.touched, block.steered * passes):
                raise WorkError(
                    f"layer {layer}",
                    f"was steered in {block.touched.tolist()} forward passes a row instead of {passes}",
                    "report this model's architecture: its blocks are not called the way traitscope expects",
                )


@contextmanager
def tapped(model: HasBlocks, layers: Sequence[int], show: Show | None = None) -> Iterator[Taps]:
    """Wrap the blocks of `layers` while the context lasts.

    `show(layer, residual)` sees each one's residual, (rows, tokens, width) in the block's dtype, at every
    forward pass.
    """
    plain = {layer: model.blocks[layer] for layer in layers}
    taps = Taps({layer: TappedBlock(block, layer).eval() for layer, block in plain.items()})
    for layer, block in taps.blocks.items():
        block.show = show
        model.blocks[layer] = block
    try:
        yield taps
    finally:
        for layer, block_before in plain.items():
            model.blocks[layer] = block_before
