"""The self-check on loading: what the engine relies on is true of this model."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from weakref import WeakSet

import torch
from torch import Tensor, nn

from traitscope.engine.interventions import Push
from traitscope.engine.likelihood import log_probabilities
from traitscope.engine.taps import Show, tapped
from traitscope.errors import InputError, TraitscopeError, WorkError
from traitscope.models import BlockNetwork, Component, Model, component_name, is_merged, why_not_mixed
from traitscope.models.refusing import first_line

TOKENS = 6
ADDS_UP = 0.02
"""How much of a residual may be missing from the sum of its parts: bfloat16 keeps two to three digits."""
MEND = "report the model's architecture; its residual stream cannot be read or steered as it is"
OTHER = "name a decoder-only transformer with attention in every block"
APART, APART_BFLOAT16 = 0.01, 2.0
"""Log-probabilities (nats) that differ by more are of another computation, not of another rounding."""

_passed: WeakSet[nn.Module] = WeakSet()
"""Networks that were looked at in this process and are as they should be."""


def is_checked(network: nn.Module) -> bool:
    """Whether `check_stream` has passed on this network before."""
    return network in _passed


def check_stream(model: BlockNetwork) -> None:
    """Run a few tokens and hold the taps against the network's own outputs.

    Captured block outputs equal `hidden_states[L + 1]` (below the last, which transformers gives after the
    final norm); adding zero changes nothing; adding at the first and at the last block changes the logits.

    Raises:
        WorkError: one of these is not so; the sentence names the module looked at.
    """
    with torch.inference_mode(), _sentences(model):
        _check_blocks(model, _some_ids(model))
    _passed.add(model.network)


def check_model(model: Model) -> None:
    """Run a few tokens and hold what the engine does against the network's own outputs.

    Beside what `check_stream` holds: no token sees a later one, and answers are as likely after a prompt's
    kept keys and values as in one pass.

    Raises:
        WorkError: one of these is not so; the sentence names the module looked at.
    """
    check_stream(model)
    with model.running(), _sentences(model):
        ids = _some_ids(model)
        _check_causal(model, ids)
        _check_kept_prompts(model, ids)


def check_component(model: Model, component: Component) -> None:
    """Run a few tokens and see that the parts add up: residual before a block, its attention's output and its
    MLP's are the residual after it.

    Raises:
        InputError: the blocks have no such parts.
        WorkError: the parts found are not what is added to the stream; the sentence names the module.
    """
    if component == "residual":
        return
    parts: dict[Component, list[Tensor]] = {"attn_out": [], "mlp_out": [], "residual": []}
    with torch.inference_mode(), ExitStack() as stack:
        for part, kept in parts.items():
            stack.enter_context(tapped(model, range(model.layers), _keep(kept), part))
        model.network(input_ids=_some_ids(model), use_cache=False)
    after = parts["residual"]
    for layer, before in enumerate(after[:-1], start=1):
        added = sum(parts[part][layer].float() for part in ("attn_out", "mlp_out"))
        missing = after[layer].float() - before.float().to(after[layer].device) - added
        if float(missing.norm()) > ADDS_UP * float(after[layer].float().norm()):
            block = model.blocks[layer]
            names = " and ".join(component_name(block, part) for part in ("attn_out", "mlp_out"))
            raise WorkError(
                _module(model, layer),
                f"adds something else to the residual stream than the outputs of {names}",
                "write component: residual",
            )


def _keep(kept: list[Tensor]) -> Show:
    return lambda _, output: kept.append(output)


def check_adapter(model: Model, name: str) -> None:
    """An adapter that changes nothing raises no error in PEFT: assert that this one moves the logits.

    Raises:
        InputError: it does not, or it is merged into the weights.
    """
    if model.adapter is not None and is_merged(model.network, model.adapter):
        # PEFT takes it out again when it is switched off, and rounding stays behind.
        what = "is merged into the weights, so that there is no model without it to compare with"
        raise InputError(f"adapter {name}", what, "load the model again and attach it once")
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


def mixing_obstacle(model: Model) -> str | None:
    """Why rows with this model's adapter cannot share a batch with rows without it, as a clause; None if they
    can, or if it has no adapter.

    Beside what can be told by looking at it (`why_not_mixed`), a few tokens are run in three rows of which
    the first is without the adapter, and held against three rows without it and three with it.
    """
    adapter = model.adapter
    if adapter is None:
        return None
    obstacle = why_not_mixed(model.network, adapter)
    if obstacle is not None:
        return obstacle
    bare, ids = replace(model, adapter=None), _some_ids(model).expand(3, -1)
    found: list[Tensor] = []  # each (rows, tokens, vocabulary)
    for rows in ((None, None, None), (adapter, adapter, adapter), (None, adapter, adapter)):
        try:
            with bare.running(rows) as mixture:
                logits = model.network(input_ids=ids, use_cache=False).logits
                mixture.check(1)
        except WorkError as error:
            return f"{error.where} {error.what}"
        found.append(logits.float().log_softmax(-1).cpu())
    clean, adapted, mixed = found
    for row, own, other in ((0, clean, adapted), (1, adapted, clean), (2, adapted, clean)):
        near, far = (float((mixed[row] - one[row]).norm()) for one in (own, other))
        if near >= far or _apart(model, mixed[row], own[row]):
            return f"row {row + 1} of a batch of three is not what it is in a batch of one kind"
    return None


@contextmanager
def _sentences(model: BlockNetwork) -> Iterator[None]:
    """Networks that want other inputs or keep other states raise anything from TypeError to KeyError."""
    try:
        yield
    except TraitscopeError:
        raise
    except Exception as error:
        what = f"cannot be run on ids with kept keys and values ({first_line(error)})"
        raise WorkError(type(model.network).__name__, what, OTHER) from error


def _check_blocks(model: BlockNetwork, ids: Tensor) -> None:
    """Blocks return the residual stream, and what is added to it reaches the logits."""
    captured: list[Tensor] = []
    last = model.layers - 1
    plain = model.network(input_ids=ids, output_hidden_states=True, use_cache=False)
    with tapped(model, range(model.layers), lambda _, residual: captured.append(residual)):
        tapped_logits = model.network(input_ids=ids, use_cache=False).logits
    for layer, residual in enumerate(captured):
        if residual.shape != (*ids.shape, model.width):
            found, wanted = tuple(residual.shape), (*ids.shape, model.width)
            what = f"returns {found} where (rows, tokens, width) = {wanted} was looked for"
            raise WorkError(_module(model, layer), what, OTHER)
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


def _check_causal(model: Model, ids: Tensor) -> None:
    """Answers are read with pads behind them: no token may see what comes after it."""
    other = torch.cat([ids[:, :-1], ids[:, :1]], dim=1)
    before, after = (_log_probabilities(model, one)[:-1] for one in (ids, other))
    if _apart(model, before, after):
        what = "lets a token see the one after it, and a decoder was looked for"
        raise WorkError(type(model.network).__name__, what, OTHER)


def _check_kept_prompts(model: Model, ids: Tensor) -> None:
    """Prompts of two lengths, one of them with two answers: as likely as each whole text in one pass."""
    tokens = tuple(ids[0].tolist())
    cases = [(tokens[:3], tokens[3:]), (tokens[1:3], tokens[3:]), (tokens[:3], tokens[4:])]
    prompts, answers = map(list, zip(*cases, strict=True))
    found = log_probabilities(model, prompts, answers)
    for (prompt, answer), likely in zip(cases, found, strict=True):
        whole = torch.tensor([(*prompt, *answer)], device=ids.device)
        rows = _log_probabilities(model, whole)[len(prompt) - 1 : -1]
        expected = rows.gather(1, torch.tensor(answer)[:, None])[:, 0]
        if _apart(model, likely, expected):
            what = "finds answers otherwise likely after kept keys and values than in one pass"
            raise WorkError(type(model.network).__name__, what, OTHER)


def _log_probabilities(model: Model, ids: Tensor) -> Tensor:
    """(tokens, vocabulary) float32 on the CPU, of what follows each token of one sequence."""
    logits: Tensor = model.network(input_ids=ids, use_cache=False).logits[0]
    return logits.float().log_softmax(-1).cpu()


def _apart(model: Model, one: Tensor, other: Tensor) -> bool:
    limit = APART if next(model.network.parameters()).dtype == torch.float32 else APART_BFLOAT16
    return not bool(((one - other).abs() <= limit).all())


def _some_ids(model: BlockNetwork) -> Tensor:
    vocabulary = next(model.network.get_input_embeddings().parameters()).shape[0]
    spread = torch.linspace(vocabulary * 0.1, vocabulary * 0.9, TOKENS)
    return spread.long()[None].to(model.device)


def _pushed_logits(model: BlockNetwork, ids: Tensor, layer: int, length: float) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    direction = torch.randn(model.width, generator=generator)
    with tapped(model, [layer]) as taps:
        taps.steer([[Push(layer, length * direction / direction.norm())]], model.width)
        taps.mask(torch.ones_like(ids))
        logits: Tensor = model.network(input_ids=ids, use_cache=False).logits
    return logits


def _module(model: BlockNetwork, layer: int) -> str:
    for name, module in model.network.named_modules():
        if module is model.blocks:
            return f"{type(model.network).__name__}.{name}.{layer} ({type(model.blocks[layer]).__name__})"
    return f"block {layer}"
