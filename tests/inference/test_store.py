"""The residual store: what is written is what is read, in the stored number format."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from traitscope.engine import Reading
from traitscope.errors import WorkError
from traitscope.inference import StoredReading, read_store, response_tokens, sinks, write_shard

Make = Callable[..., Reading]


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_what_is_stored_is_read_back_to_the_bit(dtype: str, reading: Make, tmp_path: Path) -> None:
    readings = {3: reading(4, seed=1), 0: reading(2, seed=2)}
    write_shard(tmp_path / "00000.safetensors", readings, dtype)
    found = read_store([tmp_path / "00000.safetensors"])
    assert list(found) == [0, 3]
    for place, one in readings.items():
        assert found[place].residual.dtype == getattr(torch, dtype)
        expected = one.residual.permute(1, 0, 2).to(getattr(torch, dtype))
        assert torch.equal(found[place].residual, expected)
        assert torch.equal(found[place].log_probability, one.log_probability)
    assert found[0].mean_logits is None
    assert torch.equal(found[3].mean_logits, readings[3].mean_logits)


def test_bfloat16_costs_at_most_a_256th_of_each_value(reading: Make, tmp_path: Path) -> None:
    one = reading(6)
    write_shard(tmp_path / "s.safetensors", {0: one}, "bfloat16")
    found = read_store([tmp_path / "s.safetensors"])[0].residual.float().permute(1, 0, 2)
    assert torch.all((found - one.residual).abs() <= one.residual.abs() / 256)


def test_shards_are_one_store_in_the_order_of_places(reading: Make, tmp_path: Path) -> None:
    write_shard(tmp_path / "00001.safetensors", {10: reading(2, 1), 4: reading(2, 2)}, "float32")
    write_shard(tmp_path / "00000.safetensors", {7: reading(2, 3)}, "float32")
    assert list(read_store(sorted(tmp_path.glob("*.safetensors")))) == [4, 7, 10]
    assert read_store([]) == {}


def test_a_shard_cut_short_is_named(reading: Make, tmp_path: Path) -> None:
    shard = tmp_path / "00003.safetensors"
    write_shard(shard, {0: reading(5)}, "float32")
    shard.write_bytes(shard.read_bytes()[:-7])
    with pytest.raises(WorkError, match=r"00003.safetensors: cannot be read"):
        read_store([shard])


def test_token_0_ends_the_prompt_and_the_rest_is_the_response(reading: Make, tmp_path: Path) -> None:
    one = reading(4)
    write_shard(tmp_path / "s.safetensors", {0: one}, "float32")
    found = read_store([tmp_path / "s.safetensors"])[0]
    assert torch.equal(found.last_prompt(2), one.residual[2, :1])
    assert torch.equal(found.response(2), one.residual[2, 1:])


@pytest.mark.parametrize(("longest", "sink"), [(30.0, False), (30.5, True)])
def test_a_token_beyond_ten_medians_is_a_sink(longest: float, sink: bool) -> None:
    lengths = torch.tensor([1.0, 2.0, 3.0, 20.0, longest])
    assert sinks(torch.diag(lengths)).tolist() == [False, False, False, False, sink]


def test_response_tokens_are_those_of_all_answers_without_prompts_and_sinks() -> None:
    rng = np.random.default_rng(0)
    residuals = [rng.normal(size=(tokens, 3, 4)).astype(np.float32) for tokens in (5, 3)]
    residuals[1][2, 1] *= 1000
    stored = {
        place: StoredReading(torch.from_numpy(one), torch.zeros(len(one) - 1), None)
        for place, one in enumerate(residuals)
    }
    at_layer_0 = np.concatenate([one[1:, 0] for one in residuals])
    np.testing.assert_array_equal(response_tokens(stored, 0).numpy(), at_layer_0)
    at_layer_1 = np.concatenate([residuals[0][1:, 1], residuals[1][1:2, 1]])
    np.testing.assert_array_equal(response_tokens(stored, 1).numpy(), at_layer_1)
