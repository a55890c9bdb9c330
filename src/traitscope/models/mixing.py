"""One batch whose rows run with different adapters of one network, or with none.

A LoRA layer of PEFT takes `adapter_names`, one for each row of its input (`__base__`: none). PEFT's own model
hands them down by a forward pre-hook on every such layer, and so does this, for adapters that transformers
attached. Where a hook does not run, or a layer is off, PEFT goes on without a word: so the rows that came to
each adapter are counted, and held against those that were asked for.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from traitscope.errors import InputError, WorkError
from traitscope.models.switching import check_attached, switched_to

if TYPE_CHECKING:
    from peft.tuners.lora import LoraLayer
    from torch.utils.hooks import RemovableHandle
    from transformers import PreTrainedModel

NO_ADAPTER = "__base__"
"""PEFT's word for a row without an adapter."""
APART = "give the rows of each adapter a batch of their own"
_MIXING = {"peft.tuners.lora.layer": ("Linear",), "peft.tuners.lora.bnb": ("Linear8bitLt", "Linear4bit")}
"""The layers whose forward heeds `adapter_names` and whose rows can be counted, by their modules."""


class Mixture:
    """What came to the adapters of a running network.

    Attributes:
        rows: of each row of the batch its adapter, or None.
        passes: LoRA layer -> forward passes that it was handed its rows' adapters in.
        reached: (LoRA layer, adapter) -> rows that came to the adapter there, of each forward pass.
    """

    def __init__(self, rows: Sequence[str | None]) -> None:
        self.rows = tuple(rows)
        self.passes: Counter[str] = Counter()
        self.reached: dict[tuple[str, str], list[int]] = {}

    def check(self, passes: int) -> None:
        """Fail unless each of `passes` forward passes gave every adapter as many rows as were asked for, in
        every layer that has it and runs. A batch of one adapter has nothing to be checked.

        Raises:
            WorkError: it did not; the answers are not what they are called.
        """
        for (layer, name), reached in self.reached.items():
            # What no pass comes through, such as a tower that sees images, changes nothing.
            expected = [self.rows.count(name)] * self.passes[layer] if name in self.rows else []
            if reached != expected or self.passes[layer] not in (0, passes):
                found = " or ".join(map(str, sorted(set(reached)))) or "no"
                raise WorkError(
                    f"adapter '{name}'",
                    f"was given {found} rows in {len(reached)} forward passes by {layer}, and "
                    f"{self.rows.count(name)} in each of {passes} were asked for",
                    APART,
                )
        for name in {name for _, name in self.reached} & set(self.rows):
            if not any(reached for (_, one), reached in self.reached.items() if one == name):
                raise WorkError(
                    f"adapter '{name}'", "was given no row at all, and some were asked for", APART
                )

    def handed(self, layer: str) -> Callable[..., Any]:
        """The pre-hook of a LoRA layer, which hands it the adapters of its rows."""
        names = [name or NO_ADAPTER for name in self.rows]

        def hook(_layer: Any, inputs: tuple[Any, ...], more: dict[str, Any]) -> tuple[tuple[Any, ...], Any]:
            shape = tuple(inputs[0].shape)
            if len(shape) != 3 or shape[0] != len(names):
                # Experts are given the tokens meant for them, of whichever rows.
                what = f"is given {shape} where (rows, tokens, width) of {len(names)} rows were looked for"
                raise WorkError(layer, what, APART)
            self.passes[layer] += 1
            return inputs, {**more, "adapter_names": names}

        return hook

    def counted(self, layer: str, name: str) -> Callable[..., None]:
        """The pre-hook of one adapter's way in, which counts the rows that come to it."""
        reached = self.reached.setdefault((layer, name), [])

        def hook(_way_in: Any, inputs: tuple[Any, ...]) -> None:
            reached.append(int(inputs[0].shape[0]))

        return hook


def why_not_mixed(network: "PreTrainedModel", name: str) -> str | None:
    """Why the rows of an attached adapter cannot share a batch with others, as a clause; None if they can.

    Raises:
        InputError: no adapter of that name is attached.
    """
    check_attached(network, name)
    config: Any = network.peft_config[name]
    replaced = getattr(config, "modules_to_save", None)
    if getattr(config, "use_dora", False):
        return "it is a DoRA adapter, which rescales the model's own weights for all rows alike"
    if replaced:
        return f"it replaces whole modules ({', '.join(replaced)})"
    if getattr(config, "trainable_token_indices", None):
        return "it replaces tokens of the embedding"
    if getattr(config, "target_parameters", None):
        return f"it changes bare matrices ({', '.join(config.target_parameters)})"
    layers = [(place, layer) for place, layer in _lora_layers(network) if name in _adapters_of(layer)]
    if not layers:
        return (
            f"it is a {getattr(config.peft_type, 'value', config.peft_type)} adapter, and only LoRA is known"
        )
    return next(filter(None, (_why_not_here(place, layer, name) for place, layer in layers)), None)


def is_merged(network: "PreTrainedModel", name: str) -> bool:
    """Whether an adapter's update was added to the weights themselves anywhere."""
    return any(name in layer.merged_adapters for _, layer in _lora_layers(network))


@contextmanager
def switched_by_row(network: "PreTrainedModel", rows: Sequence[str | None]) -> Iterator[Mixture]:
    """Run batches of these rows, each with the adapter named for it, or with none.

    Every adapter is off outside of this. Rows of one adapter are no mixture: any adapter can run them.

    Raises:
        InputError: an adapter is not attached, or cannot share a batch.
    """
    mixture = Mixture(rows)
    if len(set(rows)) <= 1:
        with switched_to(network, rows[0] if rows else None):
            yield mixture
        return
    names = {name for name in rows if name is not None}
    for name in sorted(names):
        reason = why_not_mixed(network, name)
        if reason is not None:
            raise InputError(f"adapter '{name}'", f"cannot share a batch with other rows: {reason}", APART)
    with ExitStack() as stack:
        stack.callback(network.disable_adapters)
        for place, layer in _lora_layers(network):
            # What belongs to other adapters alone stays off: not all of it heeds `adapter_names`.
            if names.isdisjoint(_adapters_of(layer)):
                continue
            layer.enable_adapters(True)
            for handle in _hooks(mixture, place, layer):
                stack.callback(handle.remove)
        yield mixture


def _hooks(mixture: Mixture, place: str, layer: "LoraLayer") -> "Iterator[RemovableHandle]":
    module: Any = layer
    yield module.register_forward_pre_hook(mixture.handed(place), with_kwargs=True)
    for name, way_in in module.lora_A.items():
        yield way_in.register_forward_pre_hook(mixture.counted(place, name))


def _lora_layers(network: "PreTrainedModel") -> "list[tuple[str, LoraLayer]]":
    from peft.tuners.lora import LoraLayer

    return [(place, module) for place, module in network.named_modules() if isinstance(module, LoraLayer)]


def _adapters_of(layer: "LoraLayer") -> set[str]:
    return {*layer.lora_A, *layer.lora_embedding_A}


def _why_not_here(place: str, layer: "LoraLayer", name: str) -> str | None:
    """As `why_not_mixed`, of one of its layers."""
    kind = type(layer)
    if kind.__name__ not in _MIXING.get(kind.__module__, ()):
        return f"it changes {place}, whose rows PEFT does not tell apart ({kind.__name__})"
    if layer.merged:
        return f"{place} has an adapter merged into its weights"
    if name in layer.lora_variant:
        return f"it is no plain LoRA adapter ({type(layer.lora_variant[name]).__name__})"
    here, there = layer.lora_A[name].weight.device, layer.get_base_layer().weight.device
    if here != there:
        return f"its update of {place} is on {here}, and the weights are on {there}"
    return None
