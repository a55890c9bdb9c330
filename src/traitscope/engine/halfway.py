"""Start in the middle: what lies below a block is computed once for all that is tried from it on."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import nn

from traitscope.engine.taps import WrappedBlock
from traitscope.models import BlockNetwork


class Keeping(WrappedBlock):
    """A block that keeps its last output."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__(block)
        self.output: Any = None

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The block's own output."""
        self.output = self.block(*args, **kwargs)
        return self.output


class _Telling(WrappedBlock):
    """A block that gives what it is told, and computes nothing."""

    def __init__(self, block: nn.Module, output: Any) -> None:
        super().__init__(block)
        self.output = output

    def forward(self, *_: Any, **__: Any) -> Any:
        return self.output


@contextmanager
def keeping(model: BlockNetwork, layers: set[int]) -> Iterator[dict[int, Keeping]]:
    """Let the blocks just below these layers keep what they give, in one pass; the lowest block has none.

    By layer: its own number, not that of the block below it.
    """
    found = {layer: Keeping(model.blocks[layer - 1]) for layer in layers if layer > 0}
    with _replaced(model, {layer - 1: block for layer, block in found.items()}):
        yield found


@contextmanager
def started_at(model: BlockNetwork, layer: int, kept: Mapping[int, Keeping]) -> Iterator[None]:
    """Compute from the block of this layer on; the words must be those that were read when it was kept."""
    told = {place: _Telling(model.blocks[place], kept[layer].output) for place in range(layer)}
    with _replaced(model, told):
        yield


@contextmanager
def _replaced(model: BlockNetwork, blocks: Mapping[int, nn.Module]) -> Iterator[None]:
    before = {place: model.blocks[place] for place in blocks}
    for place, block in blocks.items():
        model.blocks[place] = block
    try:
        yield
    finally:
        for place, block in before.items():
            model.blocks[place] = block
