"""Vectors of others: read in each format, at the layer that is meant, or refused with what to say instead."""

import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from safetensors.torch import save_file
from torch import Tensor

from traitscope import Direction, InputError
from traitscope.pipeline.vectors.importing import Told, import_direction

WIDTH = 48
SOURCE = Path(__file__).parents[2] / "src"


def vectors(*layers: int) -> dict[int, Tensor]:
    return {one: torch.randn(WIDTH, generator=torch.Generator().manual_seed(one)) for one in layers}


def save_npz(content: dict[str, Tensor], path: Path) -> None:
    np.savez(path, **{name: tensor.numpy() for name, tensor in content.items()})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ending", "save"), [(".safetensors", save_file), (".npz", save_npz), (".pt", torch.save)]
)
@pytest.mark.parametrize("name", ["layer.{}", "direction.{}", "layers_{}", "model.layers.{}", "{}"])
def test_vectors_named_by_layer_are_taken_at_their_layers(
    tmp_path: Path, ending: str, save: Callable[..., None], name: str
) -> None:
    expected = vectors(1, 12)
    path = tmp_path / f"mood{ending}"
    save({name.format(layer): vector for layer, vector in expected.items()}, path)
    found = import_direction(path, Told("owner/model"))
    assert found == Direction(expected)
    assert (found.name, found.model and found.model.name) == ("mood", "owner/model")
    assert [part.coefficient for part in found.parts] == pytest.approx(
        [float(vector.norm()) for vector in expected.values()]
    )
    assert import_direction(path, Told("owner/model", (12,))) == Direction({12: expected[12]})


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_a_single_vector_takes_the_layer_it_is_told(tmp_path: Path, dtype: torch.dtype) -> None:
    vector = vectors(3)[3].to(dtype)
    torch.save(vector[None], tmp_path / "v.pt")
    assert import_direction(tmp_path / "v.pt", Told("m", (3,))) == Direction({3: vector.float()})
    with pytest.raises(InputError, match=r"does not say its layer; name the layer .*--layer"):
        import_direction(tmp_path / "v.pt", Told("m"))


def test_layers_of_int_keys_and_lists_are_read(tmp_path: Path) -> None:
    expected = vectors(4, 9)
    torch.save({"layer_activations": expected, "note": "by hand", "n": 3}, tmp_path / "a.pt")
    assert import_direction(tmp_path / "a.pt", Told("m")) == Direction(expected)
    rows = list(vectors(0, 1, 2).values())
    torch.save(rows, tmp_path / "b.pt")
    assert import_direction(tmp_path / "b.pt", Told("m", (2,), rows="blocks")) == Direction({2: rows[2]})


def test_a_table_is_counted_as_it_is_told(tmp_path: Path) -> None:
    table = torch.stack(list(vectors(*range(5)).values()))  # embeddings, three blocks, after the final norm
    np.save(tmp_path / "t.npy", table.numpy())
    found = import_direction(tmp_path / "t.npy", Told("m", (0, 2), rows="hidden-states"))
    assert found == Direction({0: table[1], 2: table[3]})
    found = import_direction(tmp_path / "t.npy", Told("m", (4,), rows="blocks"))
    assert_array_equal(found.vectors[4], table[4])
    for told, sentence in (
        (Told("m", (2,)), "does not say how its rows are counted; say --rows blocks"),
        (Told("m", rows="blocks"), "has 5 rows, and none is chosen"),
        (Told("m", (5,), rows="blocks"), "holds no vector of layer 5; name one from 0 to 4"),
        (Told("m", (3,), rows="hidden-states"), "holds no vector of layer 3; name one from 0 to 2"),
    ):
        with pytest.raises(InputError, match=sentence):
            import_direction(tmp_path / "t.npy", told)


def test_a_model_at_hand_is_looked_at(tmp_path: Path, tiny_llama_folder: Path) -> None:
    model = str(tiny_llama_folder)
    save_file({"v": vectors(2)[2], "w": torch.ones(32)}, tmp_path / "v.safetensors")
    tag = import_direction(tmp_path / "v.safetensors", Told(model, (2,), "v")).model
    assert tag is not None and tag.identity and tag.layers == 4
    with pytest.raises(InputError, match=r"is 32 wide, and the residual stream of .* is 48"):
        import_direction(tmp_path / "v.safetensors", Told(model, (2,), "w"))
    with pytest.raises(InputError, match=r"layer 4: is no layer of its model; name one from 0 to 3"):
        import_direction(tmp_path / "v.safetensors", Told(model, (4,), "v"))


class Spy:
    """Runs a command when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.path}",)


def test_a_file_that_would_run_code_is_refused_and_never_run(tmp_path: Path) -> None:
    torch.save({"layer.1": vectors(1)[1], "more": Spy(tmp_path / "ran")}, tmp_path / "v.pt")
    (tmp_path / "old.bin").write_bytes(pickle.dumps(Spy(tmp_path / "ran")))
    np.save(tmp_path / "v.npy", np.array([Spy(tmp_path / "ran")]), allow_pickle=True)
    for name in ("v.pt", "old.bin"):
        with pytest.raises(InputError, match="holds more than tensors"):
            import_direction(tmp_path / name, Told("m"))
    with pytest.raises(InputError, match="cannot be read as arrays of numbers"):
        import_direction(tmp_path / "v.npy", Told("m"))
    assert not (tmp_path / "ran").exists()


def test_torch_load_stands_in_one_place_and_only_for_tensors() -> None:
    calls = {
        path.name: re.findall(r"torch\.load\((.*)\)", path.read_text(encoding="utf-8"))
        for path in SOURCE.rglob("*.py")
    }
    assert {name: found for name, found in calls.items() if found} == {
        "foreign.py": ['path, map_location="cpu", weights_only=True, mmap=is_zipfile(path)']
    }


@pytest.mark.parametrize(
    ("content", "told", "sentence"),
    [
        ({"layer.1": torch.full((4,), float("nan"))}, Told("m"), "layer 1: holds NaN or infinity"),
        ({"layer.1": torch.tensor([1.0, float("inf")])}, Told("m"), "layer 1: holds NaN or infinity"),
        ({"layer.1": torch.zeros(4)}, Told("m"), "layer 1: is zero, which is no direction"),
        ({"layer.1": torch.ones(4), "layer.2": torch.ones(5)}, Told("m"), "is a vector of shape"),
        ({"layer.1": torch.ones(4)}, Told(None), "does not say which model it was made for; name it with"),
        ({"layer.1": torch.ones(4)}, Told("./gone"), "is neither 'smollm2', a folder"),
        ({"layer.1": torch.ones(4)}, Told("m", (1, 2)), "is one vector, and 2 layers are named"),
        ({"layer.1": torch.ones(4)}, Told("m", rows="blocks"), "is one vector and no table"),
        ({"layer.1": torch.ones(4), "layer.2": torch.ones(4)}, Told("m", (7,)), "no vector of layer 7"),
        ({"a": torch.ones(4), "b": torch.ones(4)}, Told("m"), "choose one with --tensor"),
        ({"layers.1.a": torch.ones(4), "layers.1.b": torch.ones(4)}, Told("m"), "do not say a layer each"),
        ({"mood": torch.ones(4), "b": torch.ones(4)}, Told("m", tensor="mod"), "did you mean 'mood'"),
        ({"a": torch.ones(2, 3, 4)}, Told("m", (1,)), r"has the shape \(2, 3, 4\)"),
        ({"a": torch.ones(4, dtype=torch.int64)}, Told("m", (1,)), "no tensor of floating-point numbers"),
    ],
)
def test_what_cannot_be_taken_is_a_sentence(
    tmp_path: Path, content: dict[str, Tensor], told: Told, sentence: str
) -> None:
    save_file(content, tmp_path / "v.safetensors")
    with pytest.raises(InputError, match=sentence):
        import_direction(tmp_path / "v.safetensors", told)


@pytest.mark.parametrize("ending", [".safetensors", ".npz", ".npy", ".pt", ".txt"])
def test_damaged_and_unknown_files_are_a_sentence(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"v{ending}"
    with pytest.raises(InputError, match="is no file"):
        import_direction(path, Told("m", (1,)))
    for content in (b"", b"not what the ending says", b"PK\x03\x04"):
        path.write_bytes(content)
        with pytest.raises(InputError):
            import_direction(path, Told("m", (1,)))


def test_a_direction_of_our_own_is_sent_to_its_own_reader(tmp_path: Path) -> None:
    Direction({1: torch.ones(4)}).save(tmp_path / "v.safetensors")
    with pytest.raises(InputError, match=r"is a direction of traitscope already.*Direction\.load"):
        import_direction(tmp_path / "v.safetensors", Told("m"))
