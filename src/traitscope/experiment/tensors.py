"""Tensors on disk: safetensors, written whole, readable by others, synced before they are named."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from traitscope.errors import WorkError
from traitscope.experiment.files import settle, writing

if TYPE_CHECKING:
    from torch import Tensor


def write_tensors(
    path: Path, tensors: Mapping[str, "Tensor"], notes: Mapping[str, str] | None = None
) -> None:
    """Replace `path` by a safetensors file of `tensors`, with `notes` in its header.

    Raises:
        WorkError: the disk is full or the folder cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        temporary = Path(name)
        try:
            save_file(
                {key: tensor.contiguous() for key, tensor in tensors.items()}, temporary, dict(notes or {})
            )
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
            settle(temporary, path)
        except SafetensorError as error:
            raise WorkError(
                str(path), f"cannot be written ({error})", "free some space and run again"
            ) from error
        finally:
            temporary.unlink(missing_ok=True)


def read_tensors(path: Path) -> dict[str, "Tensor"]:
    """All tensors of a safetensors file, on the CPU.

    Raises:
        WorkError: the file is missing, cut short or not safetensors.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise WorkError(
            str(path),
            f"cannot be read ({error})",
            "delete it and run the command again; only it is made anew",
        ) from error
