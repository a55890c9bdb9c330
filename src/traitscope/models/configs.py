"""A model's config.json as this machine knows it: nothing is fetched, and nothing is converted.

Looked at in this order: the folder that the name stands for (or SmolLM2's conversion), the Hugging Face
cache, `shipped/architectures.json`.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from traitscope.errors import InputError
from traitscope.experiment.fingerprint import cache_folder
from traitscope.experiment.layout import SHIPPED
from traitscope.models import smollm2
from traitscope.models.sources import local_folder

CONFIG = "config.json"
TABLE = SHIPPED / "architectures.json"


class Found(NamedTuple):
    """What a config holds."""

    values: Mapping[str, Any]
    folder: Path | None
    """Where it lies, perhaps with a tokenizer; None where the shipped table knows it."""

    @property
    def file(self) -> Path:
        """That it was read from."""
        return self.folder / CONFIG if self.folder else TABLE


def find_config(name: str, beside: Path, revision: str | None = None) -> Found | None:
    """The config of the model that a name stands for; None where nothing here knows it.

    Args:
        name: `smollm2`, a folder, or a Hugging Face id.
        beside: folder that a relative folder name starts from.
        revision: commit or tag of a Hugging Face model.

    Raises:
        InputError: there is one, and it is damaged.
    """
    for folder in _folders(name, beside, revision):
        if (folder / CONFIG).is_file():
            return Found(_read(folder / CONFIG), folder)
    shipped = shipped_configs().get(name)
    return None if shipped is None else Found(shipped, None)


def known_model_type(name: str, beside: Path, revision: str | None = None) -> str | None:
    """`model_type` of a model's config, such as `llama`; None where no config that can be read tells it."""
    try:
        found = find_config(name, beside, revision)
    except InputError:
        return None
    told = found.values.get("model_type") if found else None
    return told if isinstance(told, str) else None


@cache
def shipped_configs() -> Mapping[str, Mapping[str, Any]]:
    """Name -> what the shipped table holds of its config."""
    rows = json.loads(TABLE.read_text(encoding="utf-8"))
    return {name: row["config"] for row in rows for name in row["names"]}


def _folders(name: str, beside: Path, revision: str | None) -> list[Path]:
    if name == smollm2.NAME:
        return sorted((cache_folder() / "models").glob(f"{smollm2.NAME}-*"))
    folder = local_folder(name, beside)
    if folder.is_dir():
        return [folder]
    return _cached(name, revision)


def _cached(name: str, revision: str | None) -> list[Path]:
    """The snapshot in the Hugging Face cache; only its config may be there."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(name, CONFIG, revision=revision)
    except (HFValidationError, ValueError):
        return []
    return [Path(found).parent] if isinstance(found, str) else []


def _read(path: Path) -> Mapping[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(values, dict):
            raise ValueError("it holds no object")
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    return values


def unreadable(path: Path, error: Exception) -> InputError:
    """The sentence about a config that is there and of no use."""
    return InputError(str(path), f"cannot be read ({error})", "mend or fetch the folder again")
