"""A direction on the disk: safetensors that anyone can read, and back as it was."""

import json
import stat
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from traitscope.errors import InputError
from traitscope.vectors import Direction, ModelTag, Part


@pytest.fixture
def direction() -> Direction:
    torch.manual_seed(0)
    return Direction(
        {12: torch.randn(6), 3: torch.randn(6)},
        ModelTag("smollm2", "abcd", 30),
        "response",
        (Part("gloom", "mean_diff", 3, 2.5, 10.0), Part("Heiterkeit ü", "imported", 12, -1.0)),
    )


def test_what_is_loaded_is_what_was_saved(direction: Direction, tmp_path: Path) -> None:
    direction.save(tmp_path / "new" / "both.safetensors")
    found = Direction.load(str(tmp_path / "new" / "both.safetensors"))
    assert found == direction
    assert (found.model, found.positions, found.parts) == (
        direction.model,
        direction.positions,
        direction.parts,
    )


def test_others_read_the_vectors_by_layer(direction: Direction, tmp_path: Path) -> None:
    path = tmp_path / "both.safetensors"
    direction.save(path)
    with safe_open(path, framework="pt") as tensors:
        assert set(tensors.keys()) == {"layer.3", "layer.12"}
        assert torch.equal(tensors.get_tensor("layer.12"), direction.vectors[12])
        manifest = json.loads(tensors.metadata()["traitscope_direction"])
    assert manifest["format"] == 1
    assert manifest["model"] == {"name": "smollm2", "identity": "abcd", "layers": 30}
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_files_that_are_no_directions_are_refused_in_a_sentence(direction: Direction, tmp_path: Path) -> None:
    path = tmp_path / "some.safetensors"
    with pytest.raises(InputError, match="is no file"):
        Direction.load(path)
    path.write_bytes(b"not safetensors")
    with pytest.raises(InputError, match="cannot be read as safetensors"):
        Direction.load(path)
    save_file({"layer.3": torch.ones(6)}, path)
    with pytest.raises(InputError, match="traitscope vectors import"):
        Direction.load(path)
    direction.save(path)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(InputError, match="cannot be read as safetensors"):
        Direction.load(path)


GOOD = {"format": 1, "positions": "all", "model": None, "parts": []}


@pytest.mark.parametrize(
    ("manifest", "tensors", "told"),
    [
        ("{", {}, "has a damaged manifest"),
        ("[]", {}, "has a damaged manifest"),
        (json.dumps({**GOOD, "format": 2}), {}, "newer traitscope"),
        (json.dumps({**GOOD, "positions": "some"}), {}, "has a damaged manifest"),
        (json.dumps({**GOOD, "parts": [{"name": "a"}]}), {}, "has a damaged manifest"),
        (json.dumps({"format": 1}), {}, "has a damaged manifest"),
        (json.dumps(GOOD), {"weight": torch.ones(6)}, "strange tensor"),
        (json.dumps(GOOD), {"layer.3": torch.full((6,), float("nan"))}, "NaN or infinity"),
    ],
)
def test_a_damaged_file_is_refused_in_a_sentence(
    tmp_path: Path, manifest: str, tensors: dict[str, torch.Tensor], told: str
) -> None:
    path = tmp_path / "some.safetensors"
    save_file(tensors or {"layer.3": torch.ones(6)}, path, {"traitscope_direction": manifest})
    with pytest.raises(InputError, match=told) as refused:
        Direction.load(path)
    assert str(path) in str(refused.value)
