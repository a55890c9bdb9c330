"""Weights in memory: a network, its tokenizer, its blocks."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from traitscope.errors import InputError, WorkError
from traitscope.models.adapters import Adapter, attach
from traitscope.models.blocks import find_blocks
from traitscope.models.mixing import Mixture, switched_by_row
from traitscope.models.quantization import Quantization, check_quantization, quantization_config
from traitscope.models.refusing import first_line, refused
from traitscope.models.sources import Source

if TYPE_CHECKING:
    # At run time they would cost seconds that looking at names and sizes does not need.
    import torch
    from torch import nn
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True)
class Placement:
    """Where and how weights are held.

    Attributes:
        dtype: `float32` or `bfloat16`; never float16, which overflows on large-activation models.
        device: `cpu`, `cuda`, `cuda:1`, ...
        device_map: handed to transformers to spread a model over devices; then `device` is where ids go.
        trust_remote_code: let the model's own code run.
        quantization: how many bits weights are held in; `dtype` is then that of everything else.
    """

    dtype: str
    device: str
    device_map: str | None = None
    trust_remote_code: bool = False
    quantization: Quantization = "none"


class BlockNetwork:
    """A network with its decoder blocks, whoever loaded it: all that reading and steering look at."""

    network: "PreTrainedModel"
    blocks: "nn.ModuleList"

    @property
    def layers(self) -> int:
        """Number of decoder blocks."""
        return len(self.blocks)

    @property
    def width(self) -> int:
        """Width of the residual stream."""
        return int(self.network.config.get_text_config(decoder=True).hidden_size)

    @property
    def device(self) -> "torch.device":
        """Where ids go in."""
        return next(self.network.get_input_embeddings().parameters()).device


@dataclass(frozen=True)
class Model(BlockNetwork):
    """A network ready to run, and the adapter it runs with.

    Attributes:
        network: in evaluation mode, no gradients.
        tokenizer: the model's.
        blocks: decoder blocks in order; block `L` writes the residual of layer `L`.
        source: where the weights came from.
        placement: dtype and device.
        adapter: name of the attached adapter it runs with, or None for the weights alone.
    """

    network: "PreTrainedModel"
    tokenizer: "PreTrainedTokenizerBase"
    blocks: "nn.ModuleList"
    source: Source
    placement: Placement
    adapter: str | None = None

    @property
    def end_ids(self) -> frozenset[int]:
        """Tokens that end an answer."""
        found = self.network.generation_config.eos_token_id if self.network.generation_config else None
        ends = {self.tokenizer.eos_token_id, *(found if isinstance(found, list) else [found])}
        return frozenset(int(end) for end in ends if end is not None)

    @property
    def pad_id(self) -> int:
        """A token to fill rows with; it is always masked, so which one does not matter."""
        known = self.tokenizer.pad_token_id
        return int(known) if known is not None else min(self.end_ids, default=0)

    @contextmanager
    def running(self, adapters: Sequence[str | None] = ()) -> Iterator[Mixture]:
        """Inference mode with this model's adapter, and no other, switched on.

        Args:
            adapters: of each row of the batches to come, in place of this model's; None where that holds, so
                that a model without an adapter runs those rows with the weights alone.

        Raises:
            InputError: one of the adapters is not attached, or cannot share a batch (see `why_not_mixed`).
            WorkError: the device's memory is full.
        """
        import torch

        try:
            rows = [name or self.adapter for name in adapters] or [self.adapter]
            with torch.inference_mode(), switched_by_row(self.network, rows) as mixture:
                yield mixture
        except torch.OutOfMemoryError as error:
            raise WorkError(
                f"model '{self.source.name}'",
                f"ran out of memory on {self.device}",
                "lower run.batch_rows and run the same command again",
            ) from error

    def with_adapter(self, name: str, adapter: Adapter) -> "Model":
        """The same weights with an adapter; the network is shared, not copied.

        Raises:
            InputError: the adapter is for another model.
        """
        attach(self.network, name, adapter)
        return replace(self, adapter=name)


def place(
    dtype: str,
    device: str,
    device_map: str | None,
    trust_remote_code: bool,
    quantization: Quantization = "none",
) -> Placement:
    """Resolve `auto`: CUDA where there is one, bfloat16 there and float32 on a CPU.

    Raises:
        InputError: no device is called so, or a CUDA device was asked for and there is none.
    """
    import torch

    chosen = device if device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.device(chosen)
    except RuntimeError as error:
        raise InputError(
            f"device '{chosen}'", "is no device", "set device to 'auto', 'cpu', 'cuda', 'cuda:1' or 'mps'"
        ) from error
    if chosen.startswith("cuda") and not torch.cuda.is_available():
        raise InputError(f"device '{chosen}'", "is not on this machine", "set device to 'cpu' or 'auto'")
    on_cpu = chosen == "cpu" and device_map is None
    return Placement(
        dtype if dtype != "auto" else "float32" if on_cpu else "bfloat16",
        chosen,
        device_map,
        trust_remote_code,
        quantization,
    )


def load_tokenizer(source: Source, trust_remote_code: bool = False) -> "PreTrainedTokenizerBase":
    """The tokenizer alone: rendering, and so fingerprints, need no weights.

    Raises:
        InputError: the folder's tokenizer is missing or damaged.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            source.folder, trust_remote_code=trust_remote_code, local_files_only=True
        )
    except Exception as error:
        # As with weights: a damaged folder raises anything from KeyError to ImportError.
        raise InputError(
            f"model '{source.name}'",
            f"has no tokenizer that can be read in {source.folder} ({first_line(error)})",
            "copy the tokenizer's files there again",
        ) from error
    return tokenizer


def load_weights(source: Source, placement: Placement, tokenizer: "PreTrainedTokenizerBase") -> Model:
    """Load a model's weights and find its blocks.

    Raises:
        InputError: the folder's architecture is unknown or its weights are damaged or do not fit; or they
            shall be quantized, and bitsandbytes is not installed.
        WorkError: it does not fit into memory.
    """
    import torch
    from transformers import AutoModelForCausalLM

    where = f"model '{source.name}'"
    check_quantization(where, placement.quantization)
    quantization = quantization_config(placement.quantization, placement.dtype)
    # Quantized weights are put on their device while they are read, and cannot be moved afterwards.
    device_map = placement.device_map or ({"": placement.device} if quantization else None)
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            source.folder,
            dtype=getattr(torch, placement.dtype),
            device_map=device_map,
            **({"quantization_config": quantization} if quantization else {}),
            trust_remote_code=placement.trust_remote_code,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
        network: PreTrainedModel = loaded[0]
        missing: set[str] = loaded[1]["missing_keys"]
        if device_map is None:
            network = network.to(placement.device)  # type: ignore[arg-type]
    except torch.OutOfMemoryError as error:
        raise WorkError(
            where, "does not fit into the device's memory", "set device_map to 'auto' or dtype to 'bfloat16'"
        ) from error
    except Exception as error:
        # transformers and safetensors raise anything from KeyError to SafetensorError for a damaged folder.
        raise refused(source, f"cannot be loaded from {source.folder}", error) from error
    if missing:
        # transformers fills them with random numbers and goes on.
        raise InputError(
            where,
            f"lacks {len(missing)} of its tensors in {source.folder} ({min(missing)}, ...)",
            "mend or fetch the folder again",
        )
    network.train(False)
    network.requires_grad_(False)
    return Model(network, tokenizer, find_blocks(network), source, placement)
