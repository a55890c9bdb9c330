"""Weights in fewer bits: what transformers is told, and what is said where the package is missing."""

import importlib.util
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from traitscope.errors import InputError
from traitscope.models import Model, Placement, load_weights, place, quantization

MISSING = "quantization 'nf4' takes the package bitsandbytes, which is not installed; run pip install"


@pytest.fixture
def without_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantization.importlib.util, "find_spec", lambda _: None)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `from_pretrained` was given; the package is there by name alone, and nothing is quantized."""
    found: dict[str, Any] = {}
    spec = importlib.util.find_spec("json")
    monkeypatch.setattr(quantization.importlib.util, "find_spec", lambda _: spec)
    real = AutoModelForCausalLM.from_pretrained

    def from_pretrained(folder: Any, **options: Any) -> Any:
        found.update(options)
        options.pop("quantization_config", None)
        options["device_map"] = None
        return real(folder, **options)

    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", from_pretrained)
    return found


def placed(bits: Any, **keys: Any) -> Placement:
    return Placement("bfloat16", "cpu", quantization=bits, **keys)


@pytest.mark.usefixtures("without_package")
def test_quantizing_without_the_package_is_refused_before_weights_are_read(tiny_llama: Model) -> None:
    with pytest.raises(InputError, match=MISSING):
        load_weights(tiny_llama.source, placed("nf4"), tiny_llama.tokenizer)


def test_8_bits_are_asked_for_on_the_placements_device(tiny_llama: Model, told: dict[str, Any]) -> None:
    load_weights(tiny_llama.source, placed("int8"), tiny_llama.tokenizer)
    config = told["quantization_config"]
    assert (config.load_in_8bit, config.load_in_4bit) == (True, False)
    assert told["device_map"] == {"": "cpu"}
    assert told["dtype"] == torch.bfloat16


def test_4_bits_are_normal_floats_and_computed_in_the_models_dtype(
    tiny_llama: Model, told: dict[str, Any]
) -> None:
    load_weights(tiny_llama.source, placed("nf4", device_map="auto"), tiny_llama.tokenizer)
    config = told["quantization_config"]
    assert (config.load_in_8bit, config.load_in_4bit) == (False, True)
    assert (config.bnb_4bit_quant_type, config.bnb_4bit_compute_dtype) == ("nf4", torch.bfloat16)
    assert told["device_map"] == "auto"


def test_without_quantization_nothing_is_said_of_it(tiny_llama: Model, told: dict[str, Any]) -> None:
    load_weights(tiny_llama.source, placed("none"), tiny_llama.tokenizer)
    assert "quantization_config" not in told and told["device_map"] is None


def test_a_placement_keeps_what_is_asked_for() -> None:
    assert place("auto", "cpu", None, False).quantization == "none"
    assert place("auto", "cpu", None, False, "int8") == Placement("float32", "cpu", None, False, "int8")
