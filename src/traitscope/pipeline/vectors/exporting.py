"""A direction for other programs: safetensors, NumPy, and the control vector that llama.cpp reads.

What llama.cpp does with a control vector (common/common.cpp, llama-adapter.cpp): `direction.N` is added to
the output of block N, counted from 0, at prompt tokens as well, times one strength per file; a file that
holds `direction.0`, another type or more dimensions is dropped whole. Its own generator names what it found
after block i `direction.{i+1}`, so that it is added a block later.
"""

import io
import json
import tempfile
from pathlib import Path
from typing import Any, Literal, assert_never, get_args

import numpy as np

from traitscope.errors import InputError
from traitscope.experiment.files import write_bytes
from traitscope.vectors import Direction

Form = Literal["safetensors", "gguf", "npz"]
FORMS: tuple[Form, ...] = get_args(Form)
ARCHITECTURE = "controlvector"
MANIFEST = "manifest"
"""Of an .npz: the name of the array that holds the manifest as JSON."""


def export_direction(
    direction: Direction, file: str | Path, form: Form = "safetensors", model_hint: str | None = None
) -> None:
    """Write a direction, coefficients and all, in the format of other programs; nothing is written over.

    Args:
        direction: what is added at a strength of 1.
        file: where to; its ending is not looked at.
        form: `safetensors` is traitscope's own (`Direction.load`), `npz` holds arrays `layer.N` of float32,
            `gguf` is a control vector for llama.cpp.
        model_hint: architecture as llama.cpp calls it (`llama`, `qwen2`, ...); gguf alone holds it.

    Raises:
        InputError: the file exists, or llama.cpp could not use this direction.
        WorkError: the file cannot be written.
    """
    path = Path(file)
    refuse_existing(path)
    match form:
        case "safetensors":
            direction.save(path)
        case "npz":
            write_bytes(path, _npz(direction))
        case "gguf":
            write_bytes(path, _gguf(direction, model_hint))
        case _:
            assert_never(form)


def refuse_existing(path: Path) -> None:
    """Refuse to write over anything.

    Raises:
        InputError: something is there.
    """
    if path.exists():
        raise InputError(str(path), "exists already", "name another file with --output, or remove it")


def export_cautions(direction: Direction, form: Form) -> list[str]:
    """What does not survive the format, as sentences."""
    if form != "gguf" or direction.positions == "all":
        return []
    return [
        "this vector was tuned on response tokens only (positions: response), and llama.cpp adds it to the "
        "prompt's tokens as well: its effect there was not measured, and may be stronger or less coherent"
    ]


def _npz(direction: Direction) -> bytes:
    arrays: dict[str, Any] = {f"layer.{layer}": vector.numpy() for layer, vector in direction.vectors.items()}
    arrays[MANIFEST] = np.array(json.dumps(direction.manifest(), ensure_ascii=False, allow_nan=False))
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def _gguf(direction: Direction, model_hint: str | None) -> bytes:
    from gguf import GGUFWriter

    if not model_hint:
        what = "a control vector names its model's architecture, and none is known here"
        raise InputError(
            "gguf", what, "give it as llama.cpp calls it: --model-hint llama, qwen2, gemma3, ..."
        )
    if 0 in direction.vectors:
        raise InputError(
            f"{direction.name}, layer 0",
            "cannot be a control vector: llama.cpp drops a whole file that holds direction.0",
            "export as safetensors or npz, or steer at another layer",
        )
    deepest = (
        direction.model.layers - 1 if direction.model and direction.model.layers else max(direction.layers)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vector.gguf"
        writer = GGUFWriter(path, ARCHITECTURE)
        writer.add_description(_description(direction))
        writer.add_string(f"{ARCHITECTURE}.model_hint", model_hint)
        writer.add_int32(f"{ARCHITECTURE}.layer_count", deepest)
        for layer, vector in direction.vectors.items():
            writer.add_tensor(f"direction.{layer}", np.ascontiguousarray(vector.numpy(), dtype=np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path.read_bytes()


def _description(direction: Direction) -> str:
    parts = [
        f"{part.coefficient:.6g} x {part.name} ({part.method}) after block {part.layer}"
        for part in direction.parts
    ]
    return " + ".join(parts) or direction.name
