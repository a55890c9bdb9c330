"""From a model's name to a folder of weights on this machine."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from traitscope.config import nearest
from traitscope.errors import InputError, WorkError
from traitscope.experiment.fingerprint import files_digest
from traitscope.models import smollm2

WANTED = ("*.safetensors", "*.json", "*.txt", "*.model", "*.jinja")
SETTINGS = ("config.json", "generation_config.json")
"""What beside the weights decides what a model says: rotation, norms, end tokens."""
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+|[\w.-]+")


@dataclass(frozen=True)
class Source:
    """A model's files: where they are and what they hold.

    Attributes:
        name: as the user wrote it.
        folder: config, tokenizer and safetensors weights.
        identity: hub commit, or digest of weights and config: equal identities are equal models.
        commit: of a model from the hub, else None.
    """

    name: str
    folder: Path
    identity: str
    commit: str | None = None


def find_source(
    name: str,
    beside: Path,
    revision: str | None = None,
    say: Callable[[str], None] = lambda _: None,
    trust_remote_code: bool = False,
    fetch: bool = True,
) -> Source:
    """Find `name`: `smollm2`, a folder (beside `beside`, or absolute), or a Hugging Face id.

    Without `fetch`, what is not on this machine yet is refused: looking at an experiment downloads nothing.

    Raises:
        InputError: it is none of these, has no safetensors weights, or cannot be had offline.
        WorkError: the hub did not answer.
    """
    if name == smollm2.NAME:
        folder = smollm2.smollm2_folder(say)
        return Source(name, folder, files_digest(folder.glob("*.safetensors")))
    folder = local_folder(name, beside)
    if folder.is_dir():
        check_weights(folder)
        settings = (path for path in (folder / one for one in SETTINGS) if path.is_file())
        return Source(name, folder, files_digest([*folder.glob("*.safetensors"), *settings]))
    check_hub_id(name)
    wanted = (*WANTED, "*.py") if trust_remote_code else WANTED
    folder = from_hub(name, revision, wanted, f"model '{name}'", fetch)
    check_weights(folder)
    return Source(name, folder, folder.name, folder.name)


def check_hub_id(name: str) -> None:
    """Refuse what is no folder and cannot be an id either.

    Raises:
        InputError: it cannot.
    """
    if name.startswith(("/", ".", "~")) or not HUB_ID.fullmatch(name):
        raise InputError(
            f"model '{name}'",
            "is neither 'smollm2', a folder, nor a Hugging Face id (owner/name)",
            "check the spelling and the path",
        )


def check_weights(folder: Path) -> None:
    """Refuse a model folder without a config or without safetensors weights.

    Raises:
        InputError: what is missing, and what was found instead.
    """
    if not (folder / "config.json").is_file():
        raise InputError(
            str(folder), "has no config.json, so it is no model folder", "name a folder saved by transformers"
        )
    if any(folder.glob("*.safetensors")):
        return
    pickles = [path.name for pattern in PICKLES for path in folder.glob(pattern)]
    if pickles:
        raise InputError(
            str(folder),
            f"holds pickled weights ({pickles[0]}), which can run code when read",
            "save the model again as safetensors (save_pretrained does)",
        )
    raise InputError(
        str(folder), "holds no weights (*.safetensors)", "copy the weights there, or name another folder"
    )


def local_folder(name: str, beside: Path) -> Path:
    """The folder that a name stands for, if it is one: beside `beside`, or absolute."""
    try:
        return (beside / Path(name).expanduser()).resolve()
    except RuntimeError:  # '~' of a user who does not exist
        return beside / name


def from_hub(
    name: str, revision: str | None, wanted: tuple[str, ...], where: str, fetch: bool = True
) -> Path:
    """The folder of a commit in Hugging Face's cache, named after it, with the `wanted` files; without
    `fetch` nothing is downloaded.

    Raises:
        InputError: there is no such id or revision, it is gated, or it cannot be had offline.
        WorkError: the hub did not answer.
    """
    from huggingface_hub import is_offline_mode, snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        return Path(
            snapshot_download(
                name, revision=revision, allow_patterns=list(wanted), local_files_only=not fetch
            )
        )
    except GatedRepoError as error:
        raise InputError(
            where, "is gated on Hugging Face", "ask for access there and log in with `hf auth login`"
        ) from error
    except (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError) as error:
        raise InputError(
            where,
            "is not on Hugging Face (or is private), and no folder of that name exists",
            _mend(name, "check the spelling"),
        ) from error
    except (LocalEntryNotFoundError, OfflineModeIsEnabled) as error:
        if not fetch and not is_offline_mode():
            raise InputError(
                where, "is not on this machine yet, and only a run fetches it", "run the experiment first"
            ) from error
        raise InputError(
            where,
            "is not in the local cache and Hugging Face cannot be reached",
            _mend(name, "go online once to fetch it, or name a local folder"),
        ) from error
    except (HfHubHTTPError, OSError) as error:
        raise WorkError(
            where, f"could not be fetched ({type(error).__name__})", "run the same command again"
        ) from error


def _mend(name: str, otherwise: str) -> str:
    close = nearest(name, [smollm2.NAME])
    return f"did you mean '{close}'?" if close else otherwise
