"""Directions for other programs, read back with the readers of those programs."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType, GGUFReader
from numpy.testing import assert_array_equal

from traitscope import Direction, InputError, export_direction
from traitscope.pipeline.vectors.exporting import export_cautions
from traitscope.vectors import ModelTag, Part


@pytest.fixture
def direction() -> Direction:
    torch.manual_seed(0)
    return Direction(
        {5: torch.randn(48), 2: torch.randn(48)},
        ModelTag("tiny", "abcd", 8),
        parts=(Part("gloom", "mean_diff", 5, 6.5, 10.0), Part("hedging", "probe", 2, -7.0, 9.0)),
    )


def text(reader: GGUFReader, key: str) -> Any:
    field = reader.get_field(key)
    assert field is not None
    return field.contents()


def test_a_gguf_is_a_control_vector_as_llama_cpp_reads_it(direction: Direction, tmp_path: Path) -> None:
    export_direction(direction, tmp_path / "both.gguf", "gguf", "llama")
    assert (tmp_path / "both.gguf").read_bytes()[:8] == b"GGUF" + (3).to_bytes(4, "little")
    reader = GGUFReader(tmp_path / "both.gguf")
    assert text(reader, "general.architecture") == "controlvector"
    assert text(reader, "controlvector.model_hint") == "llama"
    assert text(reader, "controlvector.layer_count") == 7
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    assert set(tensors) == {"direction.2", "direction.5"}
    for layer in (2, 5):
        tensor = tensors[f"direction.{layer}"]
        assert tensor.tensor_type == GGMLQuantizationType.F32
        assert list(tensor.shape) == [48]
        assert_array_equal(tensor.data, direction.vectors[layer].numpy())


def test_llama_cpps_reading_of_it_steers_the_same_blocks(direction: Direction, tmp_path: Path) -> None:
    """The loader puts direction.N into row N - 1 of a flat buffer, and adds row il - 1 after block il."""
    export_direction(direction, tmp_path / "both.gguf", "gguf", "llama")
    buffer = np.zeros(0, dtype=np.float32)
    for tensor in GGUFReader(tmp_path / "both.gguf").tensors:
        number = int(tensor.name.split(".", 1)[1])
        assert number > 0
        buffer = np.pad(buffer, (0, max(0, number * 48 - len(buffer))))
        buffer[(number - 1) * 48 : number * 48] += tensor.data
    for block in range(1, 6):
        added = buffer[(block - 1) * 48 : block * 48]
        assert_array_equal(added, direction.vectors.get(block, torch.zeros(48)).numpy())


def test_block_zero_is_refused_since_llama_cpp_would_drop_the_whole_file(tmp_path: Path) -> None:
    lowest = Direction({0: torch.ones(48), 3: torch.ones(48)})
    with pytest.raises(InputError, match=r"layer 0: cannot be a control vector.*direction\.0"):
        export_direction(lowest, tmp_path / "some.gguf", "gguf", "llama")
    assert not list(tmp_path.iterdir())
    export_direction(lowest, tmp_path / "some.npz", "npz")


def test_an_architecture_that_nobody_knows_is_asked_for(direction: Direction, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--model-hint"):
        export_direction(direction, tmp_path / "some.gguf", "gguf")


def test_numpy_reads_an_npz_without_pickles(direction: Direction, tmp_path: Path) -> None:
    export_direction(direction, tmp_path / "both.npz", "npz")
    with np.load(tmp_path / "both.npz", allow_pickle=False) as arrays:
        assert set(arrays) == {"layer.2", "layer.5", "manifest"}
        assert arrays["layer.5"].dtype == np.float32
        assert_array_equal(arrays["layer.5"], direction.vectors[5].numpy())
        manifest = json.loads(str(arrays["manifest"]))
    assert manifest["model"] == {"name": "tiny", "identity": "abcd", "layers": 8}
    assert manifest["parts"][0]["coefficient"] == 6.5


def test_safetensors_are_the_directions_own_file(direction: Direction, tmp_path: Path) -> None:
    export_direction(direction, str(tmp_path / "both.safetensors"))
    assert Direction.load(tmp_path / "both.safetensors") == direction


@pytest.mark.parametrize("form", ["safetensors", "npz", "gguf"])
def test_nothing_is_written_over(direction: Direction, tmp_path: Path, form: Any) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        export_direction(direction, tmp_path / "mine", form, "llama")
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_vector_tuned_on_responses_alone_is_warned_of_in_a_gguf(direction: Direction) -> None:
    response = Direction(direction.vectors, positions="response")
    assert export_cautions(direction, "gguf") == export_cautions(response, "npz") == []
    assert "llama.cpp adds it to the prompt's tokens as well" in export_cautions(response, "gguf")[0]
