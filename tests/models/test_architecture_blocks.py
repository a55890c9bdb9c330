"""Blocks, sizes and adapters of the architectures that people study, by structure and not by name."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from torch import Tensor
from transformers import AutoModelForCausalLM

from tiny_architectures import ARCHITECTURES, LAYERS, WIDTH
from traitscope.engine import check_adapter
from traitscope.models import Model, check_fit, read_adapter, read_shape

IDS = torch.arange(20, 60)[None]

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(params=sorted(ARCHITECTURES))
def name(request: pytest.FixtureRequest) -> str:
    """Each architecture in turn."""
    return str(request.param)


def logits(model: Model) -> Tensor:
    with model.running():
        found: Tensor = model.network(input_ids=IDS).logits
    return found


def test_the_blocks_found_are_the_text_models(name: str, tiny_of: Callable[[str], Model]) -> None:
    model = tiny_of(name)
    assert model.blocks is model.network.get_submodule(ARCHITECTURES[name].blocks)
    assert (model.layers, model.width) == (LAYERS, WIDTH)


def test_the_shape_read_off_the_config_is_the_text_models(name: str, tiny_of: Callable[[str], Model]) -> None:
    assert read_shape(tiny_of(name).source) == (LAYERS, WIDTH, 256)


@pytest.mark.parametrize("targets", ["of the architecture", "all-linear"])
def test_a_lora_gives_the_logits_of_peft_merged_into_the_weights(
    name: str,
    targets: str,
    load_model: Callable[[Path], Model],
    tiny_folder: Callable[[str], Path],
    save_lora: Callable[..., Path],
    tmp_path: Path,
) -> None:
    chosen = targets if targets == "all-linear" else ARCHITECTURES[name].targets
    folder = save_lora(tiny_folder(name), tmp_path / "lora", chosen, task_type="CAUSAL_LM")
    model = load_model(tiny_folder(name))
    before = logits(model)
    adapter = read_adapter(folder)
    check_fit(adapter, model.source)
    adapted = model.with_adapter("planted", adapter)
    check_adapter(adapted, "planted")
    merged = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(tiny_folder(name), dtype=torch.float32), folder
    ).merge_and_unload()
    with torch.inference_mode():
        expected = merged(input_ids=IDS).logits
    assert float((logits(adapted) - before).abs().max()) > 1e-3
    torch.testing.assert_close(logits(adapted), expected, atol=1e-4, rtol=1e-4)
    assert torch.equal(logits(model), before)
