"""Tensors that others saved: safetensors, NumPy, and torch's own files. Nothing but tensors is taken.

The one place where `torch.load` stands, and only as `weights_only=True`: a file that holds more than tensors
and plain containers is refused, never run.
"""

import pickle
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, is_zipfile

import numpy as np
import torch
from torch import Tensor

from traitscope.errors import InputError
from traitscope.models.refusing import first_line
from traitscope.vectors.direction_file import is_direction_file

TORCH = (".pt", ".pth", ".bin", ".ckpt")
NUMPY = (".npz", ".npy")
SAFETENSORS = ".safetensors"


def read_foreign(path: Path) -> dict[str, Tensor]:
    """Every tensor of a file by its name, float32 on the CPU; '' is the name of one that has none.

    Raises:
        InputError: there is no such file, its ending is none of these, it is damaged or holds more than
            tensors, or holds no tensor of floating-point numbers.
    """
    if not path.is_file():
        raise InputError(str(path), "is no file", "check the path")
    suffix = path.suffix.lower()
    if suffix == SAFETENSORS:
        found = _from_safetensors(path)
    elif suffix in NUMPY:
        found = _from_numpy(path)
    elif suffix in TORCH:
        found = dict(_tensors("", read_torch(path)))
    else:
        known = ", ".join((SAFETENSORS, *NUMPY, *TORCH))
        what = f"is in no format that is read here ({suffix or 'no ending'})"
        raise InputError(str(path), what, f"save its tensors as one of {known}")
    kept = {name: tensor.float() for name, tensor in found.items() if tensor.is_floating_point()}
    if not kept:
        raise InputError(str(path), "holds no tensor of floating-point numbers", "name another file")
    return kept


def _from_safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if is_direction_file(path):
        mend = f"load it as it is: traitscope.Direction.load('{path}')"
        raise InputError(str(path), "is a direction of traitscope already", mend)
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise InputError(str(path), f"cannot be read as safetensors ({error})", "copy it again") from error


def _from_numpy(path: Path) -> dict[str, Tensor]:
    try:
        loaded: Any = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            arrays = {"": loaded}
        else:
            with loaded:
                arrays = {name: loaded[name] for name in loaded}
    except (ValueError, OSError, EOFError, BadZipFile) as error:
        what = f"cannot be read as arrays of numbers ({first_line(error)})"
        raise InputError(str(path), what, "save plain arrays of floats with numpy.savez") from error
    floats = {name: array for name, array in arrays.items() if array.dtype.kind == "f"}
    return {name: torch.from_numpy(array.astype(np.float32)) for name, array in floats.items()}


def read_torch(path: Path) -> Any:
    """What a file of torch holds, tensors and plain containers; tensors are read when they are used.

    Raises:
        InputError: it is damaged or holds more than that.
    """
    try:
        # Files from before torch 1.6 cannot be mapped into memory.
        return torch.load(path, map_location="cpu", weights_only=True, mmap=is_zipfile(path))
    except pickle.UnpicklingError as error:
        raise InputError(
            str(path),
            "holds more than tensors, and reading that could run code",
            "save its tensors alone, best with safetensors.torch.save_file",
        ) from error
    except (RuntimeError, OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        what = f"cannot be read as a file of torch ({first_line(error)})"
        raise InputError(str(path), what, "copy it again") from error


def _tensors(name: str, value: Any) -> Iterator[tuple[str, Tensor]]:
    """Tensors inside plain containers; a list of equal vectors, one a layer, is a table of rows."""
    if isinstance(value, Tensor):
        yield name, value.detach()
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _tensors(f"{name}.{key}" if name else str(key), one)
    elif isinstance(value, list | tuple) and value and all(isinstance(one, Tensor) for one in value):
        if len({one.shape for one in value}) == 1:
            yield name, torch.stack([one.detach() for one in value])
        else:
            for index, one in enumerate(value):
                yield from _tensors(f"{name}[{index}]", one)
