"""Blocks that can be steered and read: each wrapped in a module that steers from buffers and shows.

A Python hook is skipped by a CUDA graph, and one that is added after `torch.compile` never runs, without a
word. So a tapped block steers from tensors it owns inside its own `forward`, and counts in another tensor the
rows it touched; `Taps.check` compares that count with what was asked for.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from traitscope.engine.interventions import Ablate, Cap, Intervention, Push
from traitscope.errors import WorkError
from traitscope.models import BlockNetwork, Component, component_name
from traitscope.models.blocks import block_residual, with_residual

Show = Callable[[int, Tensor], None]


class WrappedBlock(nn.Module):
    """A module in the place of another one, which it calls and looks like."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block

    def __getattr__(self, name: str) -> Any:
        """Networks look at their blocks' attributes (attention type, ...): answer with the block's."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("block"), name)


class TappedBlock(WrappedBlock):
    """A decoder block whose residual is steered, shown, or both.

    What is done to the rows here lies in layers of one intervention a row, at most: the first of each row,
    the second, and so on. Each is `h + push`, then `h + (clamp(h . v, low, high) - h . v) v`.

    Buffers:
        push: (depth, rows, 1, width) float32, what is added; zeros where nothing is.
        direction: (depth, rows, 1, width) float32, unit v; zeros where no projection is limited.
        low, high: (depth, rows, 1, 1) float32, the limits.
        mask: (rows, tokens or 1, 1), 1 where a token is steered.
        steered: (depth, rows) int64, 1 for rows that something is done to.
        touched: (depth, rows) int64, forward passes in which it was.
    """

    push: Tensor
    direction: Tensor
    low: Tensor
    high: Tensor
    mask: Tensor
    steered: Tensor
    touched: Tensor

    def __init__(self, block: nn.Module, layer: int) -> None:
        super().__init__(block)
        self.layer = layer
        self.show: Show | None = None
        self.limits: tuple[bool, ...] = ()
        for name in ("push", "direction", "low", "high", "mask", "steered", "touched"):
            self.register_buffer(name, None, persistent=False)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The block's own output with its residual steered, then shown."""
        output = self.block(*args, **kwargs)
        residual = block_residual(output)
        for depth, limits in enumerate(self.limits):
            residual = self._steered(residual, depth, limits)
            self.touched[depth] += self.steered[depth]
        if self.show is not None:
            self.show(self.layer, residual)
        return with_residual(output, residual)

    def _steered(self, residual: Tensor, depth: int, limits: bool) -> Tensor:
        mask = self.mask.to(residual.dtype)
        residual = residual + self.push[depth].to(residual.dtype) * mask
        if not limits:
            return residual
        whole, direction = residual.float(), self.direction[depth]
        projection = (whole * direction).sum(-1, keepdim=True)
        change = projection.clamp(self.low[depth], self.high[depth]) - projection
        return (whole + change * direction * mask).to(residual.dtype)


@dataclass(frozen=True)
class Taps:
    """The tapped blocks of a running model, by layer: the blocks themselves, or a sub-block of each."""

    blocks: dict[int, TappedBlock]
    component: Component = "residual"

    def steer(self, rows: Sequence[Sequence[Intervention]], width: int) -> None:
        """Set what is done to each row of the coming batch.

        Args:
            rows: of each row, what is done to it; what is for another layer or component is passed over.
            width: of the residual stream.
        """
        for layer, block in self.blocks.items():
            here = [
                [one for one in row if one.component == self.component and one.layer in (layer, None)]
                for row in rows
            ]
            depths = range(max(map(len, here), default=0))
            laid = [[row[depth] if depth < len(row) else None for row in here] for depth in depths]
            block.limits = tuple(any(isinstance(one, Ablate | Cap) for one in row) for row in laid)
            if laid:
                _fill(block, laid, width)

    def mask(self, tokens: Tensor) -> None:
        """Say which tokens of the next forward pass are steered, (rows, tokens), 1 or 0."""
        for block in self.blocks.values():
            if block.limits:
                block.mask = tokens[:, :, None].to(block.push.device)

    def check(self, passes: int) -> None:
        """Fail unless each of `passes` forward passes did to every row what was asked for, and nothing else.

        Raises:
            WorkError: the steering did not reach the network; the answers are not what they are called.
        """
        for layer, block in self.blocks.items():
            for depth in range(len(block.limits)):
                touched = block.touched[depth]
                if not torch.equal(touched, block.steered[depth] * passes):
                    raise WorkError(
                        f"layer {layer}" + ("" if self.component == "residual" else f", {self.component}"),
                        f"was steered in {touched.tolist()} forward passes a row instead of {passes}",
                        "report this model's architecture: its blocks are not called the way traitscope "
                        "expects",
                    )


@contextmanager
def tapped(
    model: BlockNetwork, layers: Sequence[int], show: Show | None = None, component: Component = "residual"
) -> Iterator[Taps]:
    """Wrap the blocks of `layers`, or the sub-block of each whose output the component is, while the context
    lasts; where both are tapped, the blocks last.

    `show(layer, residual)` sees each one's output, (rows, tokens, width) in the block's dtype, at every
    forward pass.

    Raises:
        InputError: the blocks have no such sub-block.
    """
    places = {layer: _place(model, layer, component) for layer in layers}
    plain = {layer: parent.get_submodule(name) for layer, (parent, name) in places.items()}
    taps = Taps({layer: TappedBlock(block, layer).eval() for layer, block in plain.items()}, component)
    for layer, block in taps.blocks.items():
        block.show = show
        parent, name = places[layer]
        setattr(parent, name, block)
    try:
        yield taps
    finally:
        for layer, block_before in plain.items():
            parent, name = places[layer]
            setattr(parent, name, block_before)


def _place(model: BlockNetwork, layer: int, component: Component) -> tuple[nn.Module, str]:
    """The module that is wrapped, by its parent and its name there."""
    if component == "residual":
        return model.blocks, str(layer)
    block = model.blocks[layer]
    return block, component_name(block, component)


def _fill(block: TappedBlock, laid: Sequence[Sequence[Intervention | None]], width: int) -> None:
    """Write what is done to the rows, (depth, rows), into the block's buffers."""
    nothing = torch.zeros(width)

    def rows_of(values: Callable[[Intervention | None], Tensor]) -> Tensor:
        stacked = torch.stack([torch.stack([values(one) for one in row]) for row in laid])
        return stacked[:, :, None].to(device)

    device = next(block.block.parameters()).device
    block.push = rows_of(lambda one: one.vector.float() if isinstance(one, Push) else nothing)
    block.direction = rows_of(lambda one: one.direction.float() if isinstance(one, Ablate | Cap) else nothing)
    limits = [[_limits(one) for one in row] for row in laid]
    block.low, block.high = torch.tensor(limits, device=device)[:, :, None, None].unbind(-1)
    block.steered = torch.tensor([[one is not None for one in row] for row in laid], device=device).long()
    block.touched = torch.zeros_like(block.steered)
    block.mask = torch.ones(len(laid[0]), 1, 1, device=device)


def _limits(one: Intervention | None) -> tuple[float, float]:
    match one:
        case Ablate():
            return 0.0, 0.0
        case Cap():
            return one.low, one.high
        case _:
            return -math.inf, math.inf
