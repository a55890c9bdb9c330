"""Decoder blocks: where they are in a network, and how to read and replace what they return."""

from typing import TYPE_CHECKING, Any

from traitscope.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor, nn
    from transformers import PreTrainedModel


def find_blocks(network: "PreTrainedModel") -> "nn.ModuleList":
    """The list of decoder blocks: the outermost module list as long as the network is deep.

    Raises:
        InputError: no such list exists (not a decoder-only transformer).
    """
    from torch import nn

    depth = network.config.get_text_config(decoder=True).num_hidden_layers
    candidates = [
        (name.count("."), name, module)
        for name, module in network.named_modules()
        if isinstance(module, nn.ModuleList) and len(module) == depth
    ]
    if not candidates:
        raise InputError(
            type(network).__name__,
            f"has no list of {depth} decoder blocks",
            "traitscope reads decoder-only transformers; use one of those",
        )
    return min(candidates, key=lambda candidate: candidate[:2])[2]


def block_residual(output: Any) -> "Tensor":
    """The residual stream in what a block returned, (rows, tokens, width).

    transformers 5 returns the tensor, transformers 4 a tuple that starts with it; indexing the first like
    the second would silently take batch row 0.
    """
    residual: Tensor = output[0] if isinstance(output, tuple) else output
    return residual


def with_residual(output: Any, residual: "Tensor") -> Any:
    """What a block returned, with its residual replaced."""
    return (residual, *output[1:]) if isinstance(output, tuple) else residual
