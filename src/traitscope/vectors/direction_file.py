"""The file of a direction: safetensors, `layer.N` a tensor, and a manifest as JSON in the header.

Whoever reads safetensors finds the vectors; what they are and for which model stands beside them.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from traitscope.errors import InputError
from traitscope.experiment.tensors import write_tensors

FORMAT = 1
KEY = "traitscope_direction"
"""Of the header's entry that holds the manifest: by it a file is told from those of others."""
_LAYER = re.compile(r"layer\.(\d{1,6})")


def write_direction(path: Path, vectors: Mapping[int, Tensor], manifest: Mapping[str, Any]) -> None:
    """Replace `path` by a file of these vectors.

    Raises:
        WorkError: the disk is full or the folder cannot be written.
    """
    text = json.dumps({"format": FORMAT, **manifest}, ensure_ascii=False, allow_nan=False)
    write_tensors(path, {f"layer.{layer}": vector for layer, vector in vectors.items()}, {KEY: text})


def is_direction_file(path: Path) -> bool:
    """Whether it is a safetensors file with such a manifest."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as tensors:
            return KEY in (tensors.metadata() or {})
    except (SafetensorError, OSError):
        return False


def read_direction(path: Path) -> tuple[dict[int, Tensor], dict[str, Any]]:
    """Vectors and manifest, as they were given to `write_direction`; the vectors are not looked at.

    Raises:
        InputError: there is no such file, it is damaged, it is somebody else's, or a newer traitscope's.
    """
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise InputError(str(path), "is no file", "check the path")
    try:
        with safe_open(path, framework="pt") as tensors:
            notes = tensors.metadata() or {}
            found = {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118 (no mapping)
    except (SafetensorError, OSError) as error:
        mend = "copy it again, or bring vectors of another format in by: traitscope vectors import"
        raise InputError(str(path), f"cannot be read as safetensors ({error})", mend) from error
    if KEY not in notes:
        mend = "bring it in by: traitscope vectors import"
        raise InputError(str(path), "was not written by traitscope as a direction", mend)
    manifest = _manifest(path, notes[KEY])
    layers = {name: _LAYER.fullmatch(name) for name in found}
    if not all(layers.values()):
        strange = next(name for name, match in layers.items() if match is None)
        raise InputError(str(path), f"holds a strange tensor ('{strange}')", "copy or make it again")
    return {int(match[1]): found[name] for name, match in layers.items() if match is not None}, manifest


def _manifest(path: Path, text: str) -> dict[str, Any]:
    try:
        manifest: Any = json.loads(text)
        written = manifest.pop("format")
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise InputError(str(path), "has a damaged manifest", "copy or make it again") from error
    if not isinstance(written, int) or written > FORMAT:
        what = f"was written by a newer traitscope (format {written}, this one knows {FORMAT})"
        raise InputError(str(path), what, "install the newer traitscope (pip install -U traitscope)")
    return dict(manifest)
