"""A model's architecture without its weights: what its config says, on this machine or in a shipped table."""

import json
from dataclasses import dataclass
from pathlib import Path

from traitscope.config import nearest
from traitscope.errors import InputError
from traitscope.models.architecture import Architecture, UnknownArchitectureError, architecture_of
from traitscope.models.configs import CONFIG, TABLE, find_config, shipped_configs, unreadable


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
    found = find_config(name, beside, revision)
    if found is None:
        close = nearest(name, list(shipped_configs()))
        raise InputError(
            f"model '{name}'",
            "has no config.json in a folder of that name nor in the Hugging Face cache, and is not among the "
            f"{len(shipped_configs())} models whose sizes are shipped",
            f"did you mean '{close}'?" if close else f"fetch its config once: hf download {name} {CONFIG}",
        )
    try:
        return Sized(name, architecture_of(found.values), found.folder)
    except UnknownArchitectureError as error:
        what = f"{error}, whose size is not computed"
        raise InputError(
            f"model '{name}'", what, "plan with a model of another kind, or run without a plan"
        ) from error
    except (ValueError, TypeError) as error:
        raise unreadable(found.file, error) from error


def published_sizes() -> dict[str, tuple[Architecture, int]]:
    """Name -> architecture and published number of parameters, of every model in the shipped table."""
    return {
        name: (architecture_of(row["config"]), int(row["published"]))
        for row in json.loads(TABLE.read_text(encoding="utf-8"))
        for name in row["names"]
    }
