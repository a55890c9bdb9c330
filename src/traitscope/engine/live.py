"""A loaded model steered while a `with` lasts, whatever runs it: `generate`, another library, traitscope.

Where decoding steers rows apart (see `taps`), here every row of every forward pass is given the same push, so
that nothing has to be known of the batch. Blocks are found by structure and wrapped, as for decoding; pushes
that overlap in time add up, and the wrapping goes when the last of them ends.
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from traitscope.engine.check import check_stream, is_checked
from traitscope.engine.decoding import Positions
from traitscope.engine.interventions import check_vector
from traitscope.engine.taps import WrappedBlock
from traitscope.errors import InputError, WorkError
from traitscope.models import BlockNetwork, Model
from traitscope.models.blocks import block_residual, find_blocks, with_residual

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True, eq=False)
class LivePush:
    """What one `with` adds after one block: a vector, (width,) float32, at all tokens or from the last of a
    prompt on."""

    vector: Tensor
    positions: Positions


class SteeredBlock(WrappedBlock):
    """A decoder block with the sum of all live pushes added to its residual.

    Buffers:
        everywhere: (width,) float32, added at every token.
        onwards: (width,) float32, added at the last token of a pass alone: the last of a prompt, then each
            generated one.
        passes: int64, forward passes since it was wrapped.
    """

    everywhere: Tensor
    onwards: Tensor
    passes: Tensor

    def __init__(self, block: nn.Module, width: int) -> None:
        super().__init__(block)
        self.pushes: list[LivePush] = []
        place = next(block.parameters()).device
        # Weights that wait on the disk or in main memory have no device of their own.
        self.place = torch.device("cpu") if place.type == "meta" else place
        self.width = width
        self.register_buffer("everywhere", self._sum("all"), persistent=False)
        self.register_buffer("onwards", self._sum("response"), persistent=False)
        self.register_buffer("passes", torch.zeros((), dtype=torch.long, device=self.place), persistent=False)
        self.has_onwards = False
        self.training = block.training

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The block's own output with its residual steered."""
        output = self.block(*args, **kwargs)
        residual = block_residual(output)
        residual = residual + self.everywhere.to(residual)
        if self.has_onwards:
            last = residual[:, -1:] + self.onwards.to(residual)
            residual = torch.cat([residual[:, :-1], last], dim=1)
        self.passes += 1
        return with_residual(output, residual)

    def hold(self, pushes: list[LivePush]) -> None:
        """Add these pushes from now on, and no others."""
        self.pushes = pushes
        self.everywhere, self.onwards = self._sum("all"), self._sum("response")
        self.has_onwards = any(push.positions == "response" for push in pushes)

    def _sum(self, positions: Positions) -> Tensor:
        total = torch.zeros(self.width)
        for push in self.pushes:
            if push.positions == positions:
                total += push.vector
        return total.to(self.place)


@dataclass(frozen=True)
class OwnNetwork(BlockNetwork):
    """A network that its user loaded herself, as far as steering looks at it."""

    network: "PreTrainedModel"
    blocks: nn.ModuleList


@contextmanager
def steered(
    model: "Model | PreTrainedModel", vectors: Mapping[int, Tensor], positions: Positions = "all"
) -> Iterator[None]:
    """Add `vectors` (layer -> (width,)) to the residual after their blocks while the context lasts.

    A network that traitscope did not load is held against the engine's self-check the first time.

    Args:
        model: a `Model`, or any decoder-only network of transformers, with an adapter or without.
        vectors: what is added to every row.
        positions: `all` tokens, or from the last prompt token on: the last token of each forward pass.

    Raises:
        InputError: it is no such network, or the vectors are for another depth or width.
        WorkError: its residual stream cannot be steered, or some passes went past the steering.
    """
    found = as_steerable(model)
    check_fit(found, vectors)
    if not is_checked(found.network):
        _refuse_training(found)
        check_stream(found)
    pushes = {layer: LivePush(vector.detach().float().cpu(), positions) for layer, vector in vectors.items()}
    blocks = {layer: _wrapped(found, layer) for layer in pushes}
    before = {layer: int(block.passes) for layer, block in blocks.items()}
    for layer, block in blocks.items():
        block.hold([*block.pushes, pushes[layer]])
    try:
        yield
        _check_passes({layer: int(block.passes) - before[layer] for layer, block in blocks.items()})
    finally:
        for layer, block in blocks.items():
            block.hold([push for push in block.pushes if push is not pushes[layer]])
            if not block.pushes:
                found.blocks[layer] = block.block


def as_steerable(model: Any) -> BlockNetwork:
    """What steering needs of a model, whoever loaded it.

    Raises:
        InputError: it is no decoder-only network of transformers.
    """
    if isinstance(model, Model):
        return model
    if isinstance(model, nn.Module) and hasattr(getattr(model, "config", None), "get_text_config"):
        network: Any = model
        return OwnNetwork(network, find_blocks(network))
    raise InputError(
        f"model of type {type(model).__name__}",
        "is no network of transformers",
        "pass what traitscope.load or AutoModelForCausalLM.from_pretrained returned",
    )


def check_fit(model: BlockNetwork, vectors: Mapping[int, Tensor]) -> None:
    """Refuse vectors that are not of this depth and width, or not of numbers.

    Raises:
        InputError: they are not.
    """
    for layer, vector in vectors.items():
        check_vector(model, layer, vector)


def _wrapped(model: BlockNetwork, layer: int) -> SteeredBlock:
    block = model.blocks[layer]
    if not isinstance(block, SteeredBlock):
        block = SteeredBlock(block, model.width)
        model.blocks[layer] = block
    return block


def _refuse_training(model: BlockNetwork) -> None:
    if model.network.training:
        name = type(model.network).__name__
        raise InputError(
            name, "is in training mode, where dropout makes answers differ", "call .eval() on it first"
        )


def _check_passes(passes: Mapping[int, int]) -> None:
    """Hold the layers' passes against each other; that none came through may be what was meant.

    Raises:
        WorkError: some layers ran more often than others.
    """
    if not any(passes.values()) and passes:
        warnings.warn(
            "nothing was steered: the model did not run inside this 'with', or runs as it was compiled",
            RuntimeWarning,
            stacklevel=4,
        )
    elif len(set(passes.values())) > 1:
        told = ", ".join(f"{count} at layer {layer}" for layer, count in passes.items())
        mend = "report this model's architecture: its blocks do not all run in every forward pass"
        raise WorkError("steering", f"reached unequal numbers of forward passes ({told})", mend)
