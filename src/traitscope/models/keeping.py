"""The small files of a model, kept with an experiment: what was stored can be read without the weights.

A folder without weights still renders prompts, names tokens and says how large the model was; beside it
stands the identity of the weights that figures were made with.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from traitscope.experiment.files import read_json, write_json
from traitscope.models.adapters import Adapter
from traitscope.models.sources import WANTED, Source

RECORD = "kept.json"
LARGEST = 64_000_000
"""Bytes of a file beyond which it is no tokenizer's."""


@dataclass(frozen=True)
class KeptModel:
    """A model's small files, and the adapter's identity where there was one."""

    source: Source
    adapter: Adapter | None


def keep(source: Source, adapter: Adapter | None, lora: str | None, folder: Path) -> None:
    """Copy a model's small files into a folder, where they are not there yet.

    Raises:
        WorkError: the folder cannot be written.
    """
    record = {
        "model": source.name,
        "identity": source.identity,
        "commit": source.commit,
        "lora": lora,
        "adapter": None
        if adapter is None
        else {
            "identity": adapter.identity,
            "rank": adapter.rank,
            "targets": list(adapter.targets),
            "commit": adapter.commit,
        },
    }
    if (folder / RECORD).is_file() and read_json(folder / RECORD) == record:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for pattern in WANTED:
        for path in sorted(source.folder.glob(pattern)):
            small = path.suffix != ".safetensors" and not path.name.endswith(".index.json")
            if small and path.stat().st_size <= LARGEST:
                shutil.copyfile(path, folder / path.name)
    write_json(folder / RECORD, record)


def kept_model(folder: Path, model: str, lora: str | None) -> KeptModel | None:
    """What was kept of a variant, if it was of this model and this adapter."""
    if not (folder / RECORD).is_file():
        return None
    record = read_json(folder / RECORD)
    if (record["model"], record["lora"]) != (model, lora):
        return None
    source = Source(model, folder, record["identity"], record["commit"])
    known = record["adapter"]
    if known is None:
        return KeptModel(source, None)
    adapter = Adapter(
        Path(lora or ""),
        known["identity"],
        known["rank"],
        tuple(known["targets"]),
        commit=known["commit"],
    )
    return KeptModel(source, adapter)
