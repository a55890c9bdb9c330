"""Decoder blocks: where they are in a network, and how to read and replace what they return."""

from typing import TYPE_CHECKING, Any

from traitscope.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor, nn
    from transformers import PreTrainedModel

MEND = "traitscope reads decoder-only transformers; use one of those"


def find_blocks(network: "PreTrainedModel") -> "nn.ModuleList":
    """The list of decoder blocks: the outermost module list as long as the text model is deep.

    Beside the text model there may be others as deep, such as a tower that sees images: the list is first
    looked for in what transformers calls the network's decoder.

    Raises:
        InputError: no such list exists (not a decoder-only transformer).
    """
    name = type(network).__name__
    depth = getattr(network.config.get_text_config(decoder=True), "num_hidden_layers", None)
    if not isinstance(depth, int):
        raise InputError(name, "has a config without num_hidden_layers, so its blocks cannot be told", MEND)
    of_transformers: Any = network
    decoder = of_transformers.get_decoder() if hasattr(network, "get_decoder") else network
    blocks = _outermost(decoder, depth) or _outermost(network, depth)
    if blocks is None:
        lists = sorted({len(found) for found in _lists(network).values()})
        found = f" (its module lists have {', '.join(map(str, lists))})" if lists else ""
        raise InputError(name, f"has no list of {depth} decoder blocks{found}", MEND)
    return blocks


def _outermost(network: "nn.Module", depth: int) -> "nn.ModuleList | None":
    candidates = [(name.count("."), name) for name, found in _lists(network).items() if len(found) == depth]
    return _lists(network)[min(candidates)[1]] if candidates else None


def _lists(network: "nn.Module") -> "dict[str, nn.ModuleList]":
    from torch import nn

    return {name: module for name, module in network.named_modules() if isinstance(module, nn.ModuleList)}


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
