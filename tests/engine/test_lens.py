"""The logit lens of a direction is final norm and unembedding, computed here by hand."""

import torch
from torch.testing import assert_close

from traitscope.engine import logit_lens
from traitscope.models import Model


def test_the_lens_is_the_final_norm_and_the_unembedding(tiny_llama: Model) -> None:
    directions = torch.randn(3, 48, generator=torch.Generator().manual_seed(0))
    network = tiny_llama.network
    gain, unembedding = network.model.norm.weight.detach(), network.lm_head.weight.detach()
    rms = directions.square().mean(-1, keepdim=True).sqrt()
    assert_close(
        logit_lens(tiny_llama, directions), (directions / rms * gain) @ unembedding.T, rtol=1e-3, atol=1e-3
    )


def test_length_says_nothing_and_the_other_way_says_the_opposite(tiny_neox: Model) -> None:
    directions = torch.randn(2, 32, generator=torch.Generator().manual_seed(0))
    found = logit_lens(tiny_neox, directions)
    assert_close(logit_lens(tiny_neox, 7 * directions), found, rtol=1e-4, atol=1e-4)
    assert_close(logit_lens(tiny_neox, -directions), -found, rtol=1e-4, atol=1e-4)


def test_the_model_is_left_as_it_was(tiny_llama: Model) -> None:
    before = list(tiny_llama.blocks)
    logit_lens(tiny_llama, torch.ones(1, 48))
    assert list(tiny_llama.blocks) == before
