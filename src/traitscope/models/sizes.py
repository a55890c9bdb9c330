"""A model's architecture without its weights: from a config.json on this machine, else from a shipped table.

Looked at in this order: the folder that the name stands for (or SmolLM2's conversion), the Hugging Face
cache, `shipped/architectures.json`. Nothing is fetched.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from traitscope.config import nearest
from traitscope.errors import InputError
from traitscope.experiment.fingerprint import cache_folder
from traitscope.experiment.layout import SHIPPED
from traitscope.models import smollm2
from traitscope.models.architecture import Architecture, UnknownArchitectureError, architecture_of
from traitscope.models.sources import local_folder

CONFIG = "config.json"
TABLE = SHIPPED / "architectures.json"


@dataclass(frozen=True)
class Sized:
    """A model's architecture, and how it is known.

    Attributes:
        name: as the user wrote it.
        architecture: its numbers.
        folder: where its config lies, perhaps with its tokenizer; None where the shipped table knows it.
    """

    name: str
    architecture: Architecture
    folder: Path | None

    @property
    def known_from(self) -> str:
        """Where its numbers come from, for people."""
        return "shipped table" if self.folder is None else f"{self.folder / CONFIG}"


def find_size(name: str, beside: Path, revision: str | None = None) -> Sized:
    """The architecture of the model that a name stands for.

    Raises:
        InputError: it is known nowhere on this machine, or it is of a kind that is not computed.
    """
    for folder in _folders(name, beside, revision):
        if (folder / CONFIG).is_file():
            return Sized(name, _read(folder / CONFIG, name), folder)
    config = _table().get(name)
    if config is not None:
        return Sized(name, architecture_of(config), None)
    close = nearest(name, list(_table()))
    raise InputError(
        f"model '{name}'",
        "has no config.json in a folder of that name nor in the Hugging Face cache, and is not among the "
        f"{len(_table())} models whose sizes are shipped",
        f"did you mean '{close}'?" if close else f"fetch its config once: hf download {name} {CONFIG}",
    )


def published_sizes() -> dict[str, tuple[Architecture, int]]:
    """Name -> architecture and published number of parameters, of every model in the shipped table."""
    return {
        name: (architecture_of(row["config"]), int(row["published"]))
        for row in json.loads(TABLE.read_text(encoding="utf-8"))
        for name in row["names"]
    }


@cache
def _table() -> dict[str, Any]:
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


def _read(path: Path, name: str) -> Architecture:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(config, dict):
            raise ValueError("it holds no object")
        return architecture_of(config)
    except UnknownArchitectureError as error:
        what = f"{error}, whose size is not computed"
        raise InputError(
            f"model '{name}'", what, "plan with a model of another kind, or run without a plan"
        ) from error
    except (OSError, ValueError, TypeError) as error:
        raise InputError(str(path), f"cannot be read ({error})", "mend or fetch the folder again") from error
