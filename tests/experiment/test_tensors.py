"""Tensors to disk and back, or a sentence."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from traitscope.errors import WorkError
from traitscope.experiment.tensors import read_tensors, write_tensors


@pytest.fixture
def tensors() -> dict[str, torch.Tensor]:
    """A part of a larger tensor, a transposed one, and stored residuals."""
    whole = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    return {"part": whole[1:, :2], "turned": whole.T, "residual": torch.randn(5).bfloat16()}


def test_tensors_come_back_bit_for_bit_with_their_notes(
    tmp_path: Path, tensors: dict[str, torch.Tensor]
) -> None:
    file = tmp_path / "deep" / "directions.safetensors"
    write_tensors(file, tensors, {"method": "mean_diff"})
    found = read_tensors(file)
    assert set(found) == set(tensors)
    assert all(torch.equal(found[name], tensor) for name, tensor in tensors.items())
    assert found["residual"].dtype == torch.bfloat16
    with safe_open(file, framework="pt") as stored:
        assert stored.metadata() == {"method": "mean_diff"}


def test_tensors_are_readable_by_others_and_leave_no_temporary_file(
    tmp_path: Path, tensors: dict[str, torch.Tensor]
) -> None:
    file = tmp_path / "directions.safetensors"
    write_tensors(file, tensors)
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [file]


def test_a_full_disk_keeps_the_old_tensors(
    tmp_path: Path, tensors: dict[str, torch.Tensor], full_disk: Callable[[], None]
) -> None:
    file = tmp_path / "directions.safetensors"
    write_tensors(file, {"old": torch.ones(2)})
    full_disk()
    with pytest.raises(WorkError, match=r"No space left on device\); free some space"):
        write_tensors(file, tensors)
    assert set(read_tensors(file)) == {"old"}
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.usefixtures("read_only")
def test_tensors_into_a_read_only_folder_are_a_sentence(
    tmp_path: Path, tensors: dict[str, torch.Tensor]
) -> None:
    with pytest.raises(WorkError, match="make the folder writable, or run from another folder"):
        write_tensors(tmp_path / "directions.safetensors", tensors)


@pytest.mark.parametrize("kept", [0, 4, 40, -1])
def test_truncated_tensors_are_a_sentence(
    tmp_path: Path, tensors: dict[str, torch.Tensor], kept: int
) -> None:
    file = tmp_path / "directions.safetensors"
    write_tensors(file, tensors)
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(WorkError, match=r"directions\.safetensors: cannot be read \(.*\); delete it and run"):
        read_tensors(file)


def test_missing_tensors_are_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(WorkError, match=r"gone\.safetensors: cannot be read"):
        read_tensors(tmp_path / "gone.safetensors")
