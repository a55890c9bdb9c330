"""Weights into memory, or a sentence about the folder they are in."""

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import T5Config

from traitscope.errors import InputError
from traitscope.models import (
    Model,
    Placement,
    Source,
    find_source,
    load_tokenizer,
    load_weights,
    place,
    read_shape,
)

CPU = Placement("float32", "cpu")


@pytest.fixture
def spoilt(own_cache: Path, tiny_llama_folder: Path, tmp_path: Path) -> Path:
    """A copy of the tiny Llama to be damaged."""
    return Path(shutil.copytree(tiny_llama_folder, tmp_path / "spoilt"))


def refusal(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        source = find_source(str(folder), Path())
        load_weights(source, CPU, load_tokenizer(source))
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)
    return str(caught.value)


def test_a_folder_is_loaded_as_it_was_saved(tiny_llama: Model, tiny_llama_folder: Path) -> None:
    saved = load_file(tiny_llama_folder / "model.safetensors")
    loaded = tiny_llama.network.state_dict()
    assert set(saved) <= set(loaded)
    assert all(torch.equal(loaded[name], tensor) for name, tensor in saved.items())
    assert not tiny_llama.network.training
    assert not any(parameter.requires_grad for parameter in tiny_llama.network.parameters())


def test_weights_are_held_in_the_dtype_asked_for(tiny_llama: Model) -> None:
    model = load_weights(tiny_llama.source, Placement("bfloat16", "cpu"), tiny_llama.tokenizer)
    assert {parameter.dtype for parameter in model.network.parameters()} == {torch.bfloat16}


def test_a_model_knows_its_size(tiny_llama: Model) -> None:
    assert (tiny_llama.layers, tiny_llama.width) == (4, 48)
    assert tiny_llama.device == torch.device("cpu")


def test_end_tokens_are_the_tokenizers_and_the_generation_configs(
    tiny_llama: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = tiny_llama.tokenizer.eos_token_id
    monkeypatch.setattr(tiny_llama.network.generation_config, "eos_token_id", [7, 9])
    assert tiny_llama.end_ids == {end, 7, 9}
    monkeypatch.setattr(tiny_llama.network.generation_config, "eos_token_id", 7)
    assert tiny_llama.end_ids == {end, 7}
    monkeypatch.setattr(tiny_llama.network.generation_config, "eos_token_id", None)
    assert tiny_llama.end_ids == {end}


def test_an_existing_pad_token_is_kept_and_a_missing_one_is_not_added_to_the_tokenizer(
    tiny_llama: Model, tiny_neox: Model
) -> None:
    assert tiny_llama.pad_id == tiny_llama.tokenizer.convert_tokens_to_ids("<pad>")
    assert tiny_neox.pad_id in tiny_neox.end_ids
    assert tiny_neox.tokenizer.pad_token_id is None


@pytest.mark.parametrize("part", [10, 2])
def test_truncated_weights_are_refused(spoilt: Path, part: int) -> None:
    weights = spoilt / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // part])
    assert "cannot be loaded from" in refusal(spoilt)


def test_weights_that_lack_a_tensor_are_refused_and_not_filled_with_random_numbers(spoilt: Path) -> None:
    tensors = load_file(spoilt / "model.safetensors")
    del tensors["model.layers.2.mlp.down_proj.weight"]
    save_file(tensors, spoilt / "model.safetensors", {"format": "pt"})
    assert "lacks 1 of its tensors" in (sentence := refusal(spoilt))
    assert "model.layers.2.mlp.down_proj.weight" in sentence


def test_weights_that_do_not_fit_their_config_are_refused(spoilt: Path) -> None:
    config = spoilt / "config.json"
    config.write_text(config.read_text().replace('"hidden_size": 48', '"hidden_size": 96'))
    assert "cannot be loaded from" in refusal(spoilt)


def test_an_unknown_architecture_is_refused(spoilt: Path) -> None:
    source = find_source(str(spoilt), Path())
    tokenizer = load_tokenizer(source)
    config = spoilt / "config.json"
    config.write_text(config.read_text().replace('"llama"', '"nonsense"').replace("LlamaFor", "NonsenseFor"))
    sentence = "is of an architecture that this transformers does not know .*; update transformers, or name a"
    with pytest.raises(InputError, match=sentence):
        load_weights(source, CPU, tokenizer)
    with pytest.raises(InputError, match=sentence):
        read_shape(source)


def test_an_architecture_that_is_no_decoder_is_refused(spoilt: Path) -> None:
    source = find_source(str(spoilt), Path())
    tokenizer = load_tokenizer(source)
    T5Config(d_model=8, num_layers=2, num_heads=2).save_pretrained(spoilt)
    with pytest.raises(
        InputError,
        match="is of an architecture without a causal language model in transformers, and a decoder-only "
        "transformer was looked for; name one of those",
    ):
        load_weights(source, CPU, tokenizer)


def test_a_damaged_config_is_refused(spoilt: Path) -> None:
    (spoilt / "config.json").write_text('{"model_type"')
    refusal(spoilt)


def test_a_folder_without_a_tokenizer_is_refused(spoilt: Path) -> None:
    for file in spoilt.glob("tokenizer*"):
        file.unlink()
    assert "has no tokenizer that can be read in" in refusal(spoilt)


def test_a_damaged_tokenizer_is_refused(spoilt: Path) -> None:
    (spoilt / "tokenizer.json").write_text("{}")
    assert "has no tokenizer that can be read in" in refusal(spoilt)


@pytest.mark.parametrize(
    ("cuda", "asked", "resolved"),
    [
        (False, ("auto", "auto", None), ("float32", "cpu")),
        (True, ("auto", "auto", None), ("bfloat16", "cuda")),
        (True, ("auto", "cpu", None), ("float32", "cpu")),
        (True, ("float32", "cuda:1", None), ("float32", "cuda:1")),
        (False, ("bfloat16", "auto", None), ("bfloat16", "cpu")),
    ],
)
def test_auto_is_float32_on_a_cpu_and_bfloat16_on_a_gpu(
    cuda: bool,
    asked: tuple[str, str, str | None],
    resolved: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    found = place(*asked, trust_remote_code=False)
    assert (found.dtype, found.device) == resolved


def test_a_gpu_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="device 'cuda:1': is not on this machine; set device to 'cpu' or"):
        place("auto", "cuda:1", None, trust_remote_code=False)


def test_a_network_that_is_no_decoder_is_refused(spoilt: Path) -> None:
    source = Source("gone", spoilt / "gone", "")
    with pytest.raises(InputError, match="model 'gone': has no tokenizer"):
        load_tokenizer(source)


def test_a_device_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="device 'gpu': is no device; set device to 'auto', 'cpu', 'cuda'"):
        place("auto", "gpu", None, trust_remote_code=False)


def test_the_shape_in_the_config_is_that_of_the_loaded_model(tiny_llama: Model, tiny_neox: Model) -> None:
    for model in (tiny_llama, tiny_neox):
        assert read_shape(model.source) == (
            model.layers,
            model.width,
            model.network.config.max_position_embeddings,
        )


def test_a_shape_that_cannot_be_read_is_a_sentence(spoilt: Path) -> None:
    (spoilt / "config.json").write_text('{"model_type"')
    with pytest.raises(InputError, match=r"model 'mine': has a config\.json in .* that cannot be used"):
        read_shape(Source("mine", spoilt, ""))
