"""The self-check on loading: what the engine relies on is true of this model."""

import torch
from torch import Tensor

from traitscope.engine.taps import tapped
from traitscope.errors import InputError, WorkError
from traitscope.models import Model

TOKENS = 6
MEND = "report the model's architecture; its residual stream cannot be read or steered as it is"


def check_model(model: Model) -> None:
    """Run a few tokens and hold the taps against the network's own outputs.

    Captured block outputs equal `hidden_states[L + 1]` (below the last, which transformers gives after the
    final norm); adding zero changes nothing; adding at the first and at the last block changes the logits.

    Raises:
        WorkError: one of these is not so; the sentence names the module looked at.
    """
    ids = _some_ids(model)
    captured: list[Tensor] = []
    last = model.layers - 1
    with torch.inference_mode():
        plain = model.network(input_ids=ids, output_hidden_states=True, use_cache=False)
        with tapped(model, range(model.layers), lambda _, residual: captured.append(residual)):
            tapped_logits = model.network(input_ids=ids, use_cache=False).logits
    for layer, (residual, expected) in enumerate(zip(captured, plain.hidden_states[1:-1], strict=False)):
        if not torch.allclose(residual.float(), expected.float().to(residual.device), rtol=1e-3, atol=1e-3):
            raise WorkError(_module(model, layer), "does not return the residual stream", MEND)
    if len(captured) != model.layers:
        raise WorkError(_module(model, last), f"{len(captured)} of {model.layers} blocks ran", MEND)
    if not torch.equal(tapped_logits, plain.logits):
        raise WorkError(_module(model, 0), "changes its output when it is only read", MEND)
    for layer in (0, last):
        if not torch.equal(_pushed_logits(model, ids, layer, 0.0), plain.logits):
            raise WorkError(_module(model, layer), "changes its output when zero is added", MEND)
        if torch.equal(
            _pushed_logits(model, ids, layer, float(captured[layer].float().norm(dim=-1).mean())),
            plain.logits,
        ):
            raise WorkError(_module(model, layer), "can be added to without changing the logits", MEND)


def check_adapter(model: Model, name: str) -> None:
    """An adapter that changes nothing raises no error in PEFT: assert that this one moves the logits.

    Raises:
        InputError: it does not.
    """
    ids = _some_ids(model)
    with torch.inference_mode():
        plain = model.network(input_ids=ids, use_cache=False).logits
    with model.running():
        adapted = model.network(input_ids=ids, use_cache=False).logits
    if torch.equal(plain, adapted):
        raise InputError(
            f"adapter {name}",
            f"changes nothing in {type(model.network).__name__} (its update is zero, or not in use)",
            "name an adapter that was trained",
        )


def _some_ids(model: Model) -> Tensor:
    vocabulary = next(model.network.get_input_embeddings().parameters()).shape[0]
    spread = torch.linspace(vocabulary * 0.1, vocabulary * 0.9, TOKENS)
    return spread.long()[None].to(model.device)


def _pushed_logits(model: Model, ids: Tensor, layer: int, length: float) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    direction = torch.randn(1, model.width, generator=generator)
    with torch.inference_mode(), tapped(model, [layer]) as taps:
        taps.steer([layer], length * direction / direction.norm())
        taps.mask(torch.ones_like(ids))
        logits: Tensor = model.network(input_ids=ids, use_cache=False).logits
    return logits


def _module(model: Model, layer: int) -> str:
    for name, module in model.network.named_modules():
        if module is model.blocks:
            return f"{type(model.network).__name__}.{name}.{layer} ({type(model.blocks[layer]).__name__})"
    return f"block {layer}"
