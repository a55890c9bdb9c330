"""Weights held in fewer bits by bitsandbytes: 8-bit integers, or 4-bit normal floats.

Dettmers et al. 2022 (LLM.int8(), arXiv 2208.07339) and 2023 (QLoRA, arXiv 2305.14314). What is captured and
steered stays in the dtype of the activations.
"""

import importlib.util
from typing import TYPE_CHECKING, Any, Literal

from traitscope.errors import InputError

if TYPE_CHECKING:
    from transformers import BitsAndBytesConfig

Quantization = Literal["none", "int8", "nf4"]
PACKAGE = "bitsandbytes"


def check_quantization(where: str, quantization: Quantization) -> None:
    """Refuse what needs a package that is not there.

    Raises:
        InputError: it is quantized, and bitsandbytes is not installed.
    """
    if quantization != "none" and importlib.util.find_spec(PACKAGE) is None:
        raise InputError(
            where,
            f"quantization '{quantization}' takes the package {PACKAGE}, which is not installed",
            f"run pip install {PACKAGE}, or write quantization: none",
        )


def quantization_config(quantization: Quantization, dtype: str) -> "BitsAndBytesConfig | None":
    """What transformers is told; products of 4-bit weights are computed in the model's dtype."""
    import torch
    from transformers import BitsAndBytesConfig

    options: dict[str, Any]
    match quantization:
        case "none":
            return None
        case "int8":
            options = {"load_in_8bit": True}
        case "nf4":
            options = {
                "load_in_4bit": True,
                "bnb_4bit_quant_type": "nf4",
                "bnb_4bit_compute_dtype": getattr(torch, dtype),
            }
    return BitsAndBytesConfig(**options)  # type: ignore[no-untyped-call]
