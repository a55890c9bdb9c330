"""Files of a store count by their index, and one that is not what was written is named."""

import errno
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from traitscope.errors import WorkError
from traitscope.inference import DamagedShardError, read_index, tokens_name, writing_shards
from traitscope.inference.shards import INDEX, indexed, read_shard, unlisted

Damage = Callable[[Path], object]
FILE = "residuals/00000.safetensors"


def tensors(seed: int) -> dict[str, Tensor]:
    return {"residual": torch.randn(7, 3, generator=torch.Generator().manual_seed(seed))}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Two shards of two answers each."""
    with writing_shards(tmp_path) as writer:
        writer.write(0, [0, 1], {FILE: (tensors(0), (1, 2))})
        writer.write(1, [2, 3], {"residuals/00001.safetensors": (tensors(1), (1, 2))})
    return tmp_path


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def foreign(path: Path) -> None:
    path.write_bytes((path.parent / "00001.safetensors").read_bytes())


def torn(path: Path) -> None:
    """Of the same size, the end of it never written."""
    content = path.read_bytes()
    path.write_bytes(content[:-40] + bytes(40))


def test_the_index_says_of_each_file_what_it_holds_and_its_checksum(store: Path) -> None:
    rows = [json.loads(line) for line in (store / INDEX).read_text().splitlines()]
    assert [row["file"] for row in rows] == list(read_index(store)) == [FILE, "residuals/00001.safetensors"]
    content = (store / FILE).read_bytes()
    assert rows[0] == {
        "file": FILE,
        "shard": 0,
        "places": [0, 1],
        "layers": [1, 2],
        "bytes": len(content),
        "sha256": sha256(content).hexdigest(),
    }
    assert torch.equal(read_shard(store, read_index(store)[FILE])["residual"], tensors(0)["residual"])


@pytest.mark.parametrize("damage", [cut, empty, Path.unlink])
def test_a_file_of_another_size_is_as_good_as_missing(store: Path, damage: Damage) -> None:
    damage(store / FILE)
    assert list(read_index(store)) == ["residuals/00001.safetensors"]
    assert indexed(store) == {FILE, "residuals/00001.safetensors"}


@pytest.mark.parametrize("damage", [cut, empty, foreign, torn])
def test_a_damaged_file_is_named_and_moved_aside_until_it_is_written_again(
    store: Path, damage: Damage
) -> None:
    one = read_index(store)[FILE]
    damage(store / FILE)
    with pytest.raises(
        DamagedShardError, match=rf"{FILE}: is not what was written .*run 'traitscope infer' again"
    ):
        read_shard(store, one)
    assert FILE not in read_index(store)
    assert (store / FILE).with_suffix(".damaged").exists()
    with writing_shards(store) as writer:
        writer.write(0, [0, 1], {FILE: (tensors(0), (1, 2))})
    assert torch.equal(read_shard(store, read_index(store)[FILE])["residual"], tensors(0)["residual"])
    assert sorted(path.name for path in (store / "residuals").iterdir()) == [
        "00000.safetensors",
        "00001.safetensors",
    ]


def test_a_missing_file_is_named_too(store: Path) -> None:
    one = read_index(store)[FILE]
    (store / FILE).unlink()
    with pytest.raises(DamagedShardError, match=FILE):
        read_shard(store, one)


def test_a_file_without_its_line_in_the_index_does_not_count(store: Path) -> None:
    lines = (store / INDEX).read_bytes().splitlines(keepends=True)
    (store / INDEX).write_bytes(lines[0] + lines[1][:30])
    assert list(read_index(store)) == [FILE]
    assert unlisted(store) == ["residuals/00001.safetensors"]


def test_a_line_torn_by_a_kill_is_dropped_by_the_next_one(store: Path) -> None:
    with (store / INDEX).open("ab") as stream:
        stream.write(b'{"file": "residuals/000')
    with writing_shards(store) as writer:
        writer.write(2, [4], {"residuals/00002.safetensors": (tensors(2), (1,))})
    assert list(read_index(store)) == [f"residuals/0000{number}.safetensors" for number in range(3)]


def test_what_a_file_takes_the_place_of_is_deleted_after_it_is_listed(store: Path) -> None:
    with writing_shards(store) as writer:
        writer.write(2, [4], {"covariance/00002.safetensors": (tensors(2), ())}, [FILE])
    assert not (store / FILE).exists()
    assert "covariance/00002.safetensors" in read_index(store)


@pytest.mark.parametrize("last", [False, True])
def test_a_disk_that_fills_up_in_the_background_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: bool
) -> None:
    from safetensors import torch as files

    save = files.save_file

    def full(content: Any, path: Path, *rest: Any) -> None:
        if "00001" in str(path):
            raise OSError(errno.ENOSPC, "No space left on device")
        save(content, path, *rest)

    monkeypatch.setattr(files, "save_file", full)
    sentence = r"00001.safetensors: cannot be written .*free some space"
    with pytest.raises(WorkError, match=sentence), writing_shards(tmp_path) as writer:
        for number in range(2 if last else 3):
            writer.write(number, [number], {f"residuals/{number:05d}.safetensors": (tensors(number), (1,))})
    assert list(read_index(tmp_path)) == [FILE]


def test_files_of_layers_asked_for_later_bear_them_in_names_that_any_disk_takes() -> None:
    assert tokens_name(3, (33,), later=True) == "residuals/00003-l33.safetensors"
    assert tokens_name(3, (1, 33), later=True) == "residuals/00003-l1-33.safetensors"
    assert tokens_name(3, (33,), later=False) == "residuals/00003.safetensors"
    many = {tokens_name(0, range(start, 126), later=True) for start in range(20)}
    assert len(many) == 20
    assert max(map(len, many)) < 100
