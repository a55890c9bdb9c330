"""LoRA adapters: read, held against the model they are for, attached."""

import json
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitscope.errors import InputError
from traitscope.experiment.fingerprint import files_digest
from traitscope.models.sources import Source, from_hub

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedModel

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
ADAPTER_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*")
_WRAPPED = ".base_layer"
"""How PEFT calls what one update wraps: of several on one module, all but the outermost."""


@dataclass(frozen=True)
class Adapter:
    """A LoRA adapter's folder, as found on the disk.

    Attributes:
        folder: holds `adapter_config.json` and `adapter_model.safetensors`.
        identity: digest of both files.
        rank: of the low-rank update.
        targets: names of the modules, and of bare matrices such as experts', that it says it changes.
        layers: decoder blocks that its config limits it to; None: every one that has its targets.
        base: the model it says it was trained on, by its name or path there; None where it says nothing.
        bias: which of the model's own biases it says were trained along: `none`, `all` or `lora_only`.
        commit: of an adapter from the hub, else None.
    """

    folder: Path
    identity: str
    rank: int
    targets: tuple[str, ...]
    layers: tuple[int, ...] | None = None
    base: str | None = None
    bias: str = "none"
    commit: str | None = None


def fetch_adapter(name: str, revision: str | None = None, fetch: bool = True) -> Adapter:
    """Read an adapter by its Hugging Face id (owner/name), from the cache or, with `fetch`, from the hub.

    Raises:
        InputError: it is no id, is not to be had, or is damaged.
        WorkError: the hub did not answer.
    """
    where = f"adapter '{name}'"
    if not ADAPTER_ID.fullmatch(name):
        raise InputError(
            where, "is neither a folder nor a Hugging Face id (owner/name)", "check the path under 'lora'"
        )
    folder = from_hub(name, revision, (CONFIG, WEIGHTS), where, fetch)
    return replace(read_adapter(folder), commit=folder.name)


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
        names = _names(config["target_modules"]) + _names(config.get("target_parameters"))
        if not names:
            raise TypeError("it names no module")
        rank, layers = int(config["r"]), _layers(config.get("layers_to_transform"))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            where, f"{CONFIG} cannot be read ({error})", "save the adapter again with PEFT"
        ) from error
    return Adapter(
        folder,
        files_digest([folder / CONFIG, folder / WEIGHTS]),
        rank,
        names,
        layers,
        base=str(config.get("base_model_name_or_path") or "") or None,
        bias=str(config.get("bias") or "none"),
    )


def check_fit(adapter: Adapter, source: Source, trust_remote_code: bool = False) -> None:
    """Hold an adapter against the model it is to be attached to, before that model's weights are read.

    Raises:
        InputError: it was made for another model, its update is zero, it brings biases for the model itself,
            or its weights are damaged.
    """
    where = f"adapter {adapter.folder}"
    skeleton = _without_weights(source, trust_remote_code)
    if skeleton is not None:
        _refuse_misfit(adapter, skeleton, where)
    if not _changes_something(adapter, where):
        raise InputError(where, "changes nothing: its update is zero", "name an adapter that was trained")


def attach(network: "PreTrainedModel", name: str, adapter: Adapter) -> None:
    """Attach an adapter to a network under `name`, switched off.

    Raises:
        InputError: it was made for another model, brings biases for the model itself, or its weights are
            damaged; or another adapter is attached under that name.
    """
    where = f"adapter {adapter.folder}"
    if name in getattr(network, "peft_config", {}):
        raise InputError(
            where, f"cannot be attached as '{name}': there is one of that name", "name it otherwise"
        )
    _refuse_misfit(adapter, network, where)
    try:
        with warnings.catch_warnings(), _unreported_adapters():
            # PEFT warns of a second adapter on one network; here each is switched on alone.
            warnings.filterwarnings("ignore", message="Already found a `peft_config` attribute")
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
def _unreported_adapters() -> Iterator[None]:
    """transformers reports every adapter that is attached already as missing from the next one's file, and as
    newly initialized, which it is not."""
    reporting = logging.getLogger("transformers.integrations.peft")
    before = reporting.level
    reporting.setLevel(logging.ERROR)
    try:
        yield
    finally:
        reporting.setLevel(before)


def _names(targets: object) -> tuple[str, ...]:
    """Names in a config's list, where one pattern or nothing may stand instead."""
    if targets is None:
        return ()
    if isinstance(targets, str):
        return (targets,)
    if not isinstance(targets, list):
        raise TypeError(f"{targets!r} are no module names")
    return tuple(map(str, targets))


def _layers(limits: object) -> tuple[int, ...] | None:
    """Blocks in a config: a list of them, a single one, or no limits."""
    if limits is None or isinstance(limits, int):
        return None if limits is None else (limits,)
    if not isinstance(limits, list):
        raise TypeError(f"{limits!r} are no layers")
    return tuple(map(int, limits)) or None


def _refuse_misfit(adapter: Adapter, network: "nn.Module", where: str) -> None:
    _refuse_biases(adapter, where)
    modules = dict(network.named_modules())
    for entry, shape in _changed_modules(adapter, where).items():
        key = entry
        while key.endswith(_WRAPPED):
            key = key.removesuffix(_WRAPPED)
        if key not in modules:
            raise InputError(
                where,
                f"changes '{key}', which the model does not have",
                "it was made for another model; name the one it was trained on",
            )
        sizes = _sizes(modules[key])
        if shape not in sizes:
            found = " or ".join(f"{inputs} -> {outputs}" for inputs, outputs in sizes) or "no matrix"
            raise InputError(
                where,
                f"was made for a '{key}' of {shape[0]} -> {shape[1]}, the model's is {found}",
                "it was made for another model; name the one it was trained on",
            )


def _refuse_biases(adapter: Adapter, where: str) -> None:
    """PEFT would write them over the model's own, and the clean model would be another one."""
    if adapter.bias == "none":
        return
    with _opened(adapter, where) as tensors:
        biases = [key for key in tensors.keys() if key.endswith(".bias") and ".lora_" not in key]  # noqa: SIM118
    if biases:
        raise InputError(
            where,
            f"brings {len(biases)} biases in place of the model's own (bias: {adapter.bias}), which cannot "
            "be switched off",
            "train it with bias: none, or merge it and name the merged model as a variant of its own",
        )


def _without_weights(source: Source, trust_remote_code: bool) -> "nn.Module | None":
    """The network's modules with shapes and no numbers; None where it cannot be built so."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    build: Any = AutoModelForCausalLM.from_config
    try:
        config = AutoConfig.from_pretrained(
            source.folder, trust_remote_code=trust_remote_code, local_files_only=True
        )
        with torch.device("meta"):
            network: nn.Module = build(config, trust_remote_code=trust_remote_code)
    except Exception:
        # A model's own code may want real numbers; then the adapter is held against the loaded model.
        return None
    return network


def _changes_something(adapter: Adapter, where: str) -> bool:
    """False where every low-rank update is zero and there is nothing else in the file."""
    with _opened(adapter, where) as tensors:
        names = set(tensors.keys())
        ups = {name for name in names if ".lora_B." in name}
        downs = {name.replace(".lora_B.", ".lora_A.") for name in ups}
        if names != ups | downs:
            return True
        return any(
            bool(tensors.get_tensor(name).any())
            and bool(tensors.get_tensor(name.replace(".lora_B.", ".lora_A.")).any())
            for name in sorted(ups)
        )


def _sizes(module: Any) -> list[tuple[int, int]]:
    """Inputs and outputs that a LoRA on a module may have; GPT-2 and its kin call them otherwise.

    Experts and routers hold bare matrices. Experts stack theirs; an adapter's inputs and outputs are still
    those of one expert, and which of the two comes first in the stack differs between architectures.
    """
    if hasattr(module, "nf"):
        return [(module.nx, module.nf)]
    if hasattr(module, "in_features"):
        return [(module.in_features, module.out_features)]
    shapes = [tuple(parameter.shape) for parameter in module.parameters(recurse=False)]
    stacked = [shape[1:] for shape in shapes if len(shape) == 3]
    sizes = [(shape[1], shape[0]) for shape in shapes if len(shape) == 2]
    sizes += [size for one, other in stacked for size in ((one, other), (other, one))]
    return list(dict.fromkeys(sizes))


def _changed_modules(adapter: Adapter, where: str) -> dict[str, tuple[int, int]]:
    """Module name -> (inputs, outputs), read off the adapter's own tensors."""
    inputs: dict[str, int] = {}
    outputs: dict[str, int] = {}
    with _opened(adapter, where) as tensors:
        for key in tensors.keys():  # noqa: SIM118  (safe_open is no mapping)
            module, _, part = key.removeprefix("base_model.model.").partition(".lora_")
            shape = tensors.get_slice(key).get_shape()
            if part.startswith("A."):
                inputs[module] = shape[1]
            elif part.startswith("B."):
                outputs[module] = shape[0]
    shapes = {module: (inputs[module], outputs[module]) for module in inputs if module in outputs}
    if not shapes:
        raise InputError(where, "holds no LoRA weights", "name a folder with a LoRA adapter saved by PEFT")
    return shapes


@contextmanager
def _opened(adapter: Adapter, where: str) -> Iterator[Any]:
    """The adapter's tensors, read one by one."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(adapter.folder / WEIGHTS, framework="pt") as tensors:
            yield tensors
    except SafetensorError as error:
        raise InputError(where, f"{WEIGHTS} is damaged ({error})", "copy the adapter again") from error
