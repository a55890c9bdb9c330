"""Operations, bytes and seconds against figures worked out by hand, and against torch's own count."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.config import InferSettings
from traitscope.models.architecture import Architecture
from traitscope.planning.arithmetic import pass_operations, prompt_operations
from traitscope.planning.disk import Stored, direction_bytes, held_bytes, reading_bytes, sums_bytes
from traitscope.planning.memory import footprint, largest, weight_bytes
from traitscope.planning.pace import Pace
from traitscope.planning.store_sizes import ANSWER, SHARD, shards, store_bytes
from traitscope.planning.work import Decoding, Likelihood, Reading, decoded

SMALL = Architecture(layers=3, width=8, mlp=16, heads=4, kv_heads=2, head_size=2, vocabulary=100, tied=False)
"""Matrices of a block: q and o 8x8, k and v 8x4, three of 8x16: 128 + 64 + 384 = 576."""
LLAMA_70B = Architecture(
    layers=80, width=8192, mlp=28672, heads=64, kv_heads=8, head_size=128, vocabulary=128256, tied=False
)


def test_a_blocks_matrices_are_counted_by_hand() -> None:
    assert SMALL.block_matrices == 576
    assert SMALL.block == 576 + 2 * 8
    assert SMALL.parameters == 2 * 800 + 3 * 592 + 8


def test_a_pass_is_two_operations_a_number_and_token_with_attention_and_head() -> None:
    matrices = 2 * (5 * 7) * 3 * 576
    attention = 4 * 3 * 8 * (5 * 7 * 7)
    head = 2 * 5 * 800
    assert pass_operations(SMALL, rows=5, tokens=7, looked_at=7, logits=1) == matrices + attention + head


def test_operations_are_those_that_torch_counts(tiny_llama_folder: object) -> None:
    import torch
    from torch.utils.flop_counter import FlopCounterMode
    from transformers import AutoModelForCausalLM

    from traitscope.models.sizes import find_size

    architecture = find_size(str(tiny_llama_folder), tiny_llama_folder).architecture  # type: ignore[arg-type]
    network = AutoModelForCausalLM.from_pretrained(tiny_llama_folder, attn_implementation="eager")
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(input_ids=torch.ones(3, 11, dtype=torch.long), use_cache=False, logits_to_keep=2)
    # transformers also works out the angles of rotary positions.
    assert pass_operations(architecture, 3, 11, 11, 2) == pytest.approx(counter.get_total_flops(), rel=0.002)


def test_a_likelihood_reads_prompts_once_and_every_answer_after_its_own() -> None:
    batch = Likelihood(rows=6, prompts=2, prompt_tokens=9, longest=5, new_tokens=4)
    prompts = pass_operations(SMALL, 2, 5, 5, 1)
    assert prompt_operations(SMALL, batch) == prompts + pass_operations(SMALL, 6, 3, 8, 3)


def test_the_cache_of_a_70b_model_takes_320_kilobytes_a_token() -> None:
    batch = Decoding(rows=256, prompt_tokens=256 * 50, longest=50, new_tokens=64)
    needed = footprint(LLAMA_70B, "bfloat16", batch)
    assert needed.weights == 2 * 70_553_706_496
    assert needed.cache == 256 * 114 * 327_680
    assert needed.logits == 256 * 128_256 * 6
    assert needed.activations == 256 * 50 * (3 * 28_672 + 4 * 8_192) * 2
    assert needed.total == sum(needed)


def test_reading_shows_one_layers_residuals_at_a_time() -> None:
    needed = footprint(SMALL, "float32", Reading(rows=2, tokens=20, longest=12, kept=5, scored=6))
    assert needed.residuals == 2 * 5 * 8 * (4 + 4)
    assert needed.logits == (2 * 6 * 4 + 2 * 6 * 4) * 100
    assert needed.cache == 0


def test_without_batches_the_weights_alone_are_there() -> None:
    assert largest(SMALL, "float32", []).total == weight_bytes(SMALL, "float32") == 4 * SMALL.parameters


def test_quantized_are_the_matrices_of_the_blocks_alone() -> None:
    whole = 2 * (SMALL.parameters - 3 * 576)
    assert weight_bytes(SMALL, "bfloat16", "int8") == whole + 3 * 576
    # 576 numbers of half a byte, and a scale of 4 bytes for 64 of them.
    assert weight_bytes(SMALL, "bfloat16", "nf4") == whole + 3 * (288 + 9 * 4)
    needed = largest(SMALL, "bfloat16", [Decoding(1, 5, 5, 8)], "nf4")
    assert needed.weights == whole + 3 * 324
    assert needed[1:] == footprint(SMALL, "bfloat16", Decoding(1, 5, 5, 8))[1:]


def test_the_matrices_of_the_blocks_are_the_layers_that_bitsandbytes_replaces(
    tiny_llama_folder: Path,
) -> None:
    from torch import nn
    from transformers import AutoModelForCausalLM

    from traitscope.models.sizes import find_size

    architecture = find_size(str(tiny_llama_folder), tiny_llama_folder).architecture
    network = AutoModelForCausalLM.from_pretrained(tiny_llama_folder)
    replaced = {
        name: layer.weight.numel()
        for name, layer in network.named_modules()
        if isinstance(layer, nn.Linear) and name != "lm_head"
    }
    assert sum(replaced.values()) == architecture.layers * architecture.block_matrices


def test_the_worst_of_several_batches_counts() -> None:
    some = [Decoding(1, 5, 5, 8), Decoding(64, 320, 5, 8)]
    assert largest(SMALL, "float32", some) == footprint(SMALL, "float32", some[1])


def infer(**settings: object) -> InferSettings:
    return InferSettings.model_validate({"variants": ["chat"], "prompts": ["everyday"], **settings})


def test_the_references_tokens_of_one_reading_take_24_gigabytes() -> None:
    # 282 answers of 64 tokens and one before, 80 layers of 8,192 numbers of two bytes.
    assert 282 * 65 * 80 * 8192 * 2 == 24_025_497_600
    stored = Stored(answers=282, new_tokens=64, kept=282 * 65, layers=80, lines=8)
    sums = reading_bytes(LLAMA_70B, stored, infer(store="mean"), own=False)
    brief = reading_bytes(LLAMA_70B, stored, infer(), own=False)
    whole = reading_bytes(LLAMA_70B, stored, infer(store_dtype="float32"), own=False)
    # A batch of 32 answers is a shard by itself, here as there: only without tokens do headers differ.
    assert brief - sums == pytest.approx(24_025_497_600, abs=9 * SHARD)
    assert whole - brief == 24_025_497_600


def test_sums_of_an_answer_are_six_groups_and_four_vectors_a_layer() -> None:
    # 64 tokens: four groups of 8, two of 16. A token has 64 candidates, each with a figure, and one more.
    vectors, scalars = 3 * 10 * 8, 3 * 8
    words = 64 * 129 + 100
    assert sums_bytes(SMALL, 1, 64) == 4 * (vectors + scalars + words) + ANSWER
    # Eight tokens are one group, and too few for a mean of late logits.
    assert sums_bytes(SMALL, 1, 8) == 4 * (3 * 5 * 8 + 3 * 3 + 8 * 129) + ANSWER


def test_own_words_have_a_covariance_of_as_many_directions_as_the_model_is_wide() -> None:
    stored = Stored(answers=3, new_tokens=8, kept=27, layers=3, lines=2)
    own, other = (reading_bytes(SMALL, stored, infer(), own) for own in (True, False))
    assert own - other == 4 * 3 * 8 * (1 + 8)
    # Of the 70B model 64 of 8,192.
    stored = Stored(answers=1, new_tokens=8, kept=9, layers=80, lines=2)
    own, other = (reading_bytes(LLAMA_70B, stored, infer(), own) for own in (True, False))
    assert own - other == 4 * 80 * 8192 * 65


def test_without_tokens_each_line_takes_a_projection_and_a_length() -> None:
    stored = Stored(answers=3, new_tokens=8, kept=27, layers=0, lines=5)
    none, mean = (reading_bytes(SMALL, stored, infer(store=store), False) for store in ("none", "mean"))
    assert none - mean == 27 * 5 * 2 * 4


@given(st.lists(st.integers(1, 300), min_size=1, max_size=300), st.integers(1, 4))
def test_shards_are_counted_as_batches_fill_them(lengths: list[int], megabytes: int) -> None:
    settings = infer(shard_mb=megabytes)
    found = shards(lengths, 24, 64, settings)
    whole = sum(store_bytes(24, 64, one, settings) for one in lengths)
    assert 1 <= found <= whole // (megabytes * 1_000_000) + 1
    assert found <= -(-len(lengths) // 32)


def test_a_shard_joined_and_one_written_are_held_and_never_more_than_three_stores() -> None:
    few, many = (Stored(count, 64, 65 * count, 80, 8) for count in (1, 100_000))
    one = held_bytes(LLAMA_70B, few, infer())
    assert one == 3 * store_bytes(80, 8192, 64, infer())
    assert held_bytes(LLAMA_70B, many, infer()) == 3 * (256_000_000 + 32 * one // 3)


def test_directions_are_stored_as_float32() -> None:
    assert direction_bytes(SMALL, scenes=10, methods=2) == 4 * 3 * (8 * 10 + 2 * 2 * 8 + 2)


def test_a_batch_takes_its_prompts_and_every_step_after_the_first_token() -> None:
    pace = Pace(1e6, step_seconds=0.5, row_seconds=0.1, source="", measured=True)
    batch = Decoding(rows=4, prompt_tokens=10, longest=3, new_tokens=6)
    prompts = pass_operations(SMALL, 4, 3, 3, 1) / 1e6
    assert pace.seconds(SMALL, batch) == pytest.approx(prompts + 5 * (0.5 + 4 * 0.1))
    assert pace.new_tokens_per_second(4) == pytest.approx(4 / 0.9)


def test_prompts_are_cut_into_batches_in_their_order() -> None:
    assert decoded([3, 1, 4, 1, 5], 2, 7) == (
        Decoding(2, 4, 3, 7),
        Decoding(2, 5, 4, 7),
        Decoding(1, 5, 5, 7),
    )
    assert sum(batch.passes for batch in decoded([3, 1, 4, 1, 5], 2, 7)) == 3 * 7
