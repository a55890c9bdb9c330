"""Where a network's blocks are, and what they return."""

from typing import Any

import pytest
import torch
from torch import nn
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, PreTrainedConfig

from traitscope.errors import InputError
from traitscope.models import Model
from traitscope.models.blocks import block_residual, find_blocks, with_residual


def test_the_blocks_found_are_the_ones_the_network_runs(tiny_llama: Model, tiny_neox: Model) -> None:
    assert tiny_llama.blocks is tiny_llama.network.model.layers
    assert tiny_neox.blocks is tiny_neox.network.gpt_neox.layers


def test_the_blocks_of_smollm2_are_thirty_of_width_576(smollm2: Model) -> None:
    assert (smollm2.layers, smollm2.width) == (30, 576)
    assert smollm2.blocks is smollm2.network.model.layers


def test_blocks_are_found_under_another_architectures_names() -> None:
    network = GPT2LMHeadModel(GPT2Config(vocab_size=50, n_positions=16, n_embd=8, n_layer=3, n_head=2))
    assert find_blocks(network) is network.transformer.h


class SeeingNetwork(nn.Module):
    """A tower for images lies nearer to the root than the text model, and is as deep."""

    config = LlamaConfig(num_hidden_layers=2)

    def __init__(self) -> None:
        super().__init__()
        self.images = nn.ModuleList(nn.Identity() for _ in range(2))
        self.inner = nn.Module()
        self.inner.language_model = nn.Module()
        self.inner.language_model.layers = nn.ModuleList(nn.Identity() for _ in range(2))

    def get_decoder(self) -> nn.Module:
        return self.inner.get_submodule("language_model")


def test_blocks_are_looked_for_in_the_text_model_before_any_other() -> None:
    network: Any = SeeingNetwork()
    assert find_blocks(network) is network.inner.language_model.layers


def test_a_network_without_such_a_list_is_a_sentence_that_says_what_was_looked_for() -> None:
    network: Any = SeeingNetwork()
    network.config = LlamaConfig(num_hidden_layers=5)
    with pytest.raises(InputError) as caught:
        find_blocks(network)
    assert str(caught.value) == (
        "SeeingNetwork: has no list of 5 decoder blocks (its module lists have 2); "
        "traitscope reads decoder-only transformers; use one of those."
    )


def test_a_config_that_does_not_tell_the_depth_is_a_sentence() -> None:
    network: Any = SeeingNetwork()
    network.config = PreTrainedConfig()
    with pytest.raises(InputError, match="SeeingNetwork: has a config without num_hidden_layers"):
        find_blocks(network)


def test_the_residual_of_a_tuple_is_its_first_and_of_a_tensor_all_rows() -> None:
    residual = torch.randn(3, 2, 4)
    assert block_residual(residual) is residual
    assert block_residual((residual, "cache")) is residual


def test_replacing_the_residual_keeps_what_else_a_block_returned() -> None:
    before, after = torch.zeros(3, 2, 4), torch.ones(3, 2, 4)
    assert with_residual(before, after) is after
    assert with_residual((before, "cache", 7), after) == (after, "cache", 7)
