"""Sizes from configs: held against published counts, and against transformers' networks on no device."""

import json
from pathlib import Path
from typing import Any

import pytest

from traitscope.errors import InputError
from traitscope.models.architecture import UnknownArchitectureError, architecture_of
from traitscope.models.configs import TABLE
from traitscope.models.sizes import find_size, published_sizes

ROWS = {row["names"][0]: row for row in json.loads(TABLE.read_text())}


@pytest.mark.parametrize("name", published_sizes())
def test_a_shipped_size_has_the_published_number_of_parameters(name: str) -> None:
    architecture, published = published_sizes()[name]
    assert architecture.parameters == pytest.approx(published, rel=0.01)


def parameters_by_transformers(config: dict[str, Any]) -> int:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    with torch.device("meta"):
        network = AutoModelForCausalLM.from_config(AutoConfig.for_model(**config))
    return sum(parameter.numel() for parameter in dict(network.named_parameters()).values())


@pytest.mark.parametrize(
    "name",
    [
        "meta-llama/Llama-3.2-1B",
        "meta-llama/Llama-3.1-70B",
        "Qwen/Qwen3-0.6B",
        "Qwen/Qwen2.5-7B",
        "google/gemma-3-1b-pt",
        "google/gemma-3-4b-pt",
        "google/gemma-2-2b",
        "mistralai/Mistral-7B-v0.1",
        "smollm2",
        "allenai/OLMo-2-1124-7B",
    ],
)
def test_the_count_is_that_of_transformers_network(name: str) -> None:
    config = ROWS[name]["config"]
    assert architecture_of(config).parameters == parameters_by_transformers(config)


@pytest.mark.parametrize(
    "config",
    [
        {"model_type": "gpt2", "n_embd": 48, "n_head": 4, "n_layer": 3, "vocab_size": 100, "n_positions": 64},
        {
            "model_type": "gpt_neox",
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "vocab_size": 100,
            "tie_word_embeddings": False,
        },
        {
            "model_type": "llama",
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "vocab_size": 100,
            "tie_word_embeddings": False,
            "attention_bias": True,
            "mlp_bias": True,
        },
    ],
    ids=lambda config: config["model_type"],
)
def test_biases_and_learned_positions_are_counted(config: dict[str, Any]) -> None:
    assert architecture_of(config).parameters == parameters_by_transformers(config)


def test_a_cached_token_leaves_a_key_and_a_value_a_layer_and_key_head() -> None:
    assert architecture_of(ROWS["meta-llama/Llama-3.1-70B"]["config"]).kv_numbers == 2 * 80 * 8 * 128


def test_a_mixture_of_experts_is_not_taken_for_a_dense_model() -> None:
    with pytest.raises(UnknownArchitectureError, match="mixture of experts"):
        architecture_of({**ROWS["smollm2"]["config"], "num_local_experts": 8})


def test_a_folder_is_read_before_the_table(tmp_path: Path, tiny_llama_folder: Path) -> None:
    found = find_size(str(tiny_llama_folder), tmp_path)
    assert (found.architecture.layers, found.architecture.width, found.folder) == (4, 48, tiny_llama_folder)


def test_a_config_in_the_hubs_cache_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "models--someone--something"
    snapshot = place / "snapshots" / "0123456789abcdef0123456789abcdef01234567"
    snapshot.mkdir(parents=True)
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text(snapshot.name)
    (snapshot / "config.json").write_text(json.dumps(ROWS["smollm2"]["config"]))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    found = find_size("someone/something", tmp_path)
    assert found.architecture.parameters == 134515008
    assert found.folder == snapshot


def test_an_unknown_model_is_refused_with_what_was_looked_for_and_the_mend(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no config\.json in a folder .* nor in the Hugging Face cache"):
        find_size("someone/something-else", tmp_path)
    with pytest.raises(InputError, match=r"did you mean 'Qwen/Qwen3-0.6B'\?"):
        find_size("Qwen/Qwen3-06B", tmp_path)


def test_a_damaged_config_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{")
    with pytest.raises(InputError, match=r"broken/config.json: cannot be read"):
        find_size("broken", tmp_path)
