"""What kind of model a name stands for, as far as this machine knows without asking the network."""

import json
from pathlib import Path
from typing import Any

from traitscope.errors import TraitscopeError
from traitscope.models import smollm2


def known_model_type(name: str, beside: Path, revision: str | None = None) -> str | None:
    """`model_type` of the model's config.json, such as `llama`; None where no config is at hand.

    Args:
        name: `smollm2`, a folder, or a Hugging Face id, which is looked up in the local cache only.
        beside: folder that a relative folder name starts from.
        revision: commit or tag of a Hugging Face model.
    """
    from huggingface_hub import try_to_load_from_cache

    try:
        folder = smollm2.smollm2_folder(lambda _: None) if name == smollm2.NAME else beside / name
    except TraitscopeError:  # its package is not installed
        return None
    path: Any = folder / "config.json"
    try:
        if not path.is_file():
            path = try_to_load_from_cache(name, "config.json", revision=revision)
        found = json.loads(Path(path).read_text(encoding="utf-8"))["model_type"]
    except (OSError, ValueError, KeyError, TypeError):  # HFValidationError is a ValueError
        return None
    return found if isinstance(found, str) else None
