"""Adapters that are attached to a network, switched on and off."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from traitscope.errors import InputError

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@contextmanager
def switched_to(network: "PreTrainedModel", name: str | None) -> Iterator[None]:
    """Run with adapter `name` active, or with none: every adapter is off outside of this.

    Raises:
        InputError: no adapter of that name is attached.
    """
    if name is None:
        yield
        return
    from peft.tuners.tuners_utils import BaseTunerLayer
    from peft.utils import ModulesToSaveWrapper

    check_attached(network, name)
    try:
        # Not by transformers' own two calls: they leave whole modules that came with the adapter off, and
        # fail where only another adapter brought modules or tokens.
        for module in network.modules():
            if isinstance(module, BaseTunerLayer | ModulesToSaveWrapper) and _has(module, name):
                module.set_adapter(name)
                module.enable_adapters(True)
        yield
    finally:
        network.disable_adapters()


def check_attached(network: "PreTrainedModel", name: str) -> None:
    """Refuse a name that no adapter of the network has.

    Raises:
        InputError: it has not.
    """
    if name not in getattr(network, "peft_config", {}):
        raise InputError(
            f"adapter '{name}'", "is not attached to this model", "attach it with `with_adapter`"
        )


def _has(module: Any, name: str) -> bool:
    return any(name in getattr(module, kind) for kind in module.adapter_layer_names)
