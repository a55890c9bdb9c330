"""LoRA adapters: read, held against the model they are for, attached, switched on and off."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitscope.errors import InputError
from traitscope.experiment.fingerprint import files_digest

if TYPE_CHECKING:
    from transformers import PreTrainedModel

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"


@dataclass(frozen=True)
class Adapter:
    """A LoRA adapter's folder, as found on the disk.

    Attributes:
        folder: holds `adapter_config.json` and `adapter_model.safetensors`.
        identity: digest of both files.
        rank: of the low-rank update.
        targets: the module names it says it changes.
    """

    folder: Path
    identity: str
    rank: int
    targets: tuple[str, ...]


def read_adapter(folder: Path) -> Adapter:
    """Read an adapter's config.

    Raises:
        InputError: the folder, its config or its safetensors weights are missing or damaged.
    """
    where = f"adapter {folder}"
    if not folder.is_dir():
        raise InputError(where, "does not exist", "check the path under 'lora'")
    if not (folder / CONFIG).is_file():
        raise InputError(where, f"has no {CONFIG}", "name a folder saved by PEFT")
    if not (folder / WEIGHTS).is_file():
        if any(folder.glob("adapter_model.*")):
            raise InputError(
                where,
                "holds pickled weights, which can run code when read",
                "save the adapter again as safetensors (PEFT's save_pretrained does)",
            )
        raise InputError(where, f"has no {WEIGHTS}", "name a folder saved by PEFT")
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        targets = config["target_modules"]
        names = (targets,) if isinstance(targets, str) else tuple(targets)
        rank = int(config["r"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            where, f"{CONFIG} cannot be read ({error})", "save the adapter again with PEFT"
        ) from error
    return Adapter(folder, files_digest([folder / CONFIG, folder / WEIGHTS]), rank, names)


def attach(network: "PreTrainedModel", name: str, adapter: Adapter) -> None:
    """Attach an adapter to a network under `name`, switched off.

    Raises:
        InputError: it was made for another model, or its weights are damaged.
    """
    where = f"adapter {adapter.folder}"
    expected = _changed_modules(adapter, where)
    modules = dict(network.named_modules())
    for key, shape in expected.items():
        if key not in modules:
            raise InputError(
                where,
                f"changes '{key}', which the model does not have",
                "it was made for another model; name the one it was trained on",
            )
        found = _width(modules[key])
        if found != shape:
            raise InputError(
                where,
                f"was made for a '{key}' of {shape[0]} -> {shape[1]}, "
                f"the model's is {found[0]} -> {found[1]}",
                "it was made for another model; name the one it was trained on",
            )
    try:
        network.load_adapter(str(adapter.folder), adapter_name=name)
    except (ValueError, RuntimeError, TypeError) as error:
        # PEFT: targets that match nothing; transformers: tensors of another rank than the config's.
        raise InputError(
            where,
            f"cannot be attached: its {CONFIG} and its weights disagree ({str(error).splitlines()[0]})",
            "save the adapter again with PEFT",
        ) from error
    network.disable_adapters()


@contextmanager
def switched_to(network: "PreTrainedModel", name: str | None) -> Iterator[None]:
    """Run with adapter `name` active, or with none: every adapter is off outside of this."""
    if name is None:
        yield
        return
    network.enable_adapters()
    network.set_adapter(name)
    try:
        yield
    finally:
        network.disable_adapters()


def _width(module: Any) -> tuple[int, int]:
    """Inputs and outputs of a linear module; GPT-2 and its kin call them otherwise."""
    if hasattr(module, "nf"):
        return module.nx, module.nf
    return module.in_features, module.out_features


def _changed_modules(adapter: Adapter, where: str) -> dict[str, tuple[int, int]]:
    """Module name -> (inputs, outputs), read off the adapter's own tensors."""
    from safetensors import SafetensorError, safe_open

    inputs: dict[str, int] = {}
    outputs: dict[str, int] = {}
    try:
        with safe_open(adapter.folder / WEIGHTS, framework="pt") as tensors:
            for key in tensors.keys():  # noqa: SIM118  (safe_open is no mapping)
                module, _, part = key.removeprefix("base_model.model.").partition(".lora_")
                shape = tensors.get_slice(key).get_shape()
                if part.startswith("A."):
                    inputs[module] = shape[1]
                elif part.startswith("B."):
                    outputs[module] = shape[0]
    except SafetensorError as error:
        raise InputError(where, f"{WEIGHTS} is damaged ({error})", "copy the adapter again") from error
    shapes = {module: (inputs[module], outputs[module]) for module in inputs if module in outputs}
    if not shapes:
        raise InputError(where, "holds no LoRA weights", "name a folder with a LoRA adapter saved by PEFT")
    return shapes
