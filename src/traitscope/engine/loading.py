"""A model in one call: found, placed, loaded and checked."""

from dataclasses import fields
from pathlib import Path

from traitscope.engine.chat import ChatModel
from traitscope.engine.check import check_model
from traitscope.models import Quantization, find_source, load_tokenizer, load_weights, place


def load_model(
    name: str,
    beside: Path = Path(),
    dtype: str = "auto",
    device: str = "auto",
    device_map: str | None = None,
    revision: str | None = None,
    trust_remote_code: bool = False,
    quantization: Quantization = "none",
) -> ChatModel:
    """Load a model by name and hold the engine against it; keys mean what they mean in an experiment file.

    Args:
        name: `smollm2`, a folder with safetensors, or a Hugging Face id.
        beside: folder that a relative folder name starts from.
        dtype: `float32`, `bfloat16`, or `auto`: float32 on a CPU, bfloat16 on a GPU.
        device: `cpu`, `cuda`, `cuda:1`, or `auto`: a GPU where there is one.
        device_map: spreads a large model over devices, as in transformers; `device` then stays `auto`.
        revision: commit or tag of a Hugging Face model.
        trust_remote_code: run code that comes with the weights.
        quantization: `int8` or `nf4` hold the weights in 8 or 4 bits, with bitsandbytes.

    Raises:
        InputError: it is not found, holds no weights that can be trusted, or the device is not there.
        WorkError: it does not fit into memory, or its residual stream cannot be read or steered.
    """
    source = find_source(name, beside, revision)
    placement = place(dtype, device, device_map, trust_remote_code, quantization)
    model = load_weights(source, placement, load_tokenizer(source, trust_remote_code))
    check_model(model)
    return ChatModel(**{field.name: getattr(model, field.name) for field in fields(model)})


load = load_model
"""The same, as one types it at a prompt."""
