"""Does it fit, and what is proposed where it does not."""

import pytest

from traitscope.errors import InputError
from traitscope.models.architecture import Architecture
from traitscope.models.sizes import published_sizes
from traitscope.planning.fit import USABLE, fits, mends, most_rows, spread
from traitscope.planning.machine import parse_memory
from traitscope.planning.memory import footprint, largest
from traitscope.planning.work import Decoding

LLAMA_70B = published_sizes()["meta-llama/Llama-3.3-70B-Instruct"][0]
LLAMA_8B = published_sizes()["meta-llama/Llama-3.1-8B"][0]
GPU = 80 * 10**9
BATCH = [Decoding(rows=256, prompt_tokens=256 * 60, longest=60, new_tokens=64)]


def needed(architecture: Architecture, rows: int) -> int:
    return footprint(architecture, "bfloat16", BATCH[0]._replace(rows=rows)).total


def test_the_rows_that_are_proposed_fit_and_twice_as_many_do_not() -> None:
    found = most_rows(LLAMA_8B, "bfloat16", BATCH, 24 * 10**9)
    assert found is not None
    assert needed(LLAMA_8B, found) <= USABLE * 24 * 10**9 < needed(LLAMA_8B, 2 * found)


def test_a_model_that_is_larger_than_the_device_is_helped_by_no_fewer_rows() -> None:
    assert most_rows(LLAMA_70B, "bfloat16", BATCH, GPU) is None
    assert mends(LLAMA_70B, "bfloat16", BATCH, GPU, "cuda") == [
        "device_map: auto on 3 GPUs of 80 GB in bfloat16"
    ]


def test_a_spread_model_takes_the_fewest_gpus_that_hold_its_blocks() -> None:
    whole = largest(LLAMA_70B, "bfloat16", BATCH)
    found = spread(LLAMA_70B, "bfloat16", whole, GPU)
    assert found is not None and found.gpus == 3
    weights = 2 * LLAMA_70B.parameters
    assert weights < 2 * GPU < whole.total + (1 - USABLE) * 2 * GPU
    assert spread(LLAMA_70B, "bfloat16", whole, 10**9) is None


def test_a_model_of_70_billion_parameters_in_4_bits_fits_on_one_gpu_of_48_gb_with_few_rows() -> None:
    found = most_rows(LLAMA_70B, "bfloat16", BATCH, 48 * 10**9, "nf4")
    assert found is not None
    some = BATCH[0]._replace(rows=found)
    assert footprint(LLAMA_70B, "bfloat16", some, "nf4").total <= USABLE * 48 * 10**9
    assert footprint(LLAMA_70B, "bfloat16", some._replace(rows=2 * found), "nf4").total > USABLE * 48 * 10**9
    assert mends(LLAMA_70B, "bfloat16", BATCH, 48 * 10**9, "cuda", "nf4") == [
        f"run.batch_rows: {found}",
        "device_map: auto on 2 GPUs of 48 GB in bfloat16",
    ]
    whole = largest(LLAMA_70B, "bfloat16", BATCH, "nf4")
    spread_over = spread(LLAMA_70B, "bfloat16", whole, 48 * 10**9, "nf4")
    assert spread_over is not None and spread_over.gpus == 2


def test_bfloat16_is_proposed_to_a_model_in_float32() -> None:
    found = mends(LLAMA_8B, "float32", BATCH, 30 * 10**9, "cpu")
    assert "dtype: bfloat16" in " ".join(found)


def test_what_fits_is_left_alone() -> None:
    assert fits(largest(LLAMA_8B, "bfloat16", BATCH), GPU)
    assert not fits(largest(LLAMA_70B, "bfloat16", BATCH), GPU)


@pytest.mark.parametrize(
    ("text", "size"),
    [("80GB", 80 * 10**9), ("24 GiB", 24 * 2**30), ("1.5tb", 1.5e12), ("512MB", 512 * 10**6)],
)
def test_sizes_are_read_as_people_write_them(text: str, size: float) -> None:
    assert parse_memory(text) == size


@pytest.mark.parametrize("text", ["80", "GB", "-1GB", "0GB", "80 gigs", "1e9B", "80IB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"--memory: '.*' is no size; write one such as 80GB or 24GiB"):
        parse_memory(text)
