"""Where a network's blocks are, and what they return."""

import torch
from transformers import GPT2Config, GPT2LMHeadModel

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


def test_the_residual_of_a_tuple_is_its_first_and_of_a_tensor_all_rows() -> None:
    residual = torch.randn(3, 2, 4)
    assert block_residual(residual) is residual
    assert block_residual((residual, "cache")) is residual


def test_replacing_the_residual_keeps_what_else_a_block_returned() -> None:
    before, after = torch.zeros(3, 2, 4), torch.ones(3, 2, 4)
    assert with_residual(before, after) is after
    assert with_residual((before, "cache", 7), after) == (after, "cache", 7)
