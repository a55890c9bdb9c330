"""Decoding of many rows at once, each steered in its own way at its own layers."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from traitscope.engine.interventions import Intervention, Steered, check_fit, interventions
from traitscope.engine.padding import pad_left
from traitscope.engine.prefill import decode_step, prefill
from traitscope.engine.sampling import drawn, likeliest, uniforms
from traitscope.engine.taps import Taps, tapped
from traitscope.models import Component, Ids, Model

Positions = Literal["all", "response"]
_INSIDE_FIRST: tuple[Component, ...] = ("attn_out", "mlp_out", "residual")


@dataclass(frozen=True)
class Row:
    """One answer to be decoded.

    Attributes:
        prompt: rendered ids.
        steered: what is done to its residual: nothing, one intervention, or several, at any layers.
        seed: whence its random numbers come, where tokens are drawn.
        adapter: whose answer it is, of those attached to the model's weights; None: the model's as it is.
    """

    prompt: Ids
    steered: Steered = None
    seed: int = 0
    adapter: str | None = None


@dataclass(frozen=True)
class Answer:
    """What a row decoded to.

    Attributes:
        ids: generated tokens, the end token left out.
        ended: it ended by itself, before its last allowed token.
    """

    ids: Ids
    ended: bool


def decode(
    model: Model,
    rows: Sequence[Row],
    new_tokens: int,
    positions: Positions = "all",
    temperature: float = 0.0,
) -> list[Answer]:
    """Decode `rows` in one batch, at most `new_tokens` each.

    Greedily at temperature 0; above, each token is drawn, and what a row draws follows from its seed alone,
    whatever else is in the batch.

    Steering acts from the first generated token on: `all` steers every token of prompt and answer, `response`
    those from the last prompt token on. A push of zero, and limits that are wide enough, give the unsteered
    tokens.

    Rows may be of different adapters, and of none, where those can share a batch (see `mixing_obstacle`).

    Raises:
        InputError: what is done to a row is of another depth or width than the model, or holds no numbers; or
            the rows' adapters cannot share a batch.
        WorkError: the steering did not reach the network (see `Taps.check`), or an adapter not its rows (see
            `Mixture.check`).
    """
    prompts = pad_left([row.prompt for row in rows], model.pad_id, model.device)
    steered = [interventions(row.steered) for row in rows]
    for one in steered:
        check_fit(model, one)
    random = uniforms([row.seed for row in rows], new_tokens) if temperature > 0 else None

    def choose(logits: Tensor, token: int) -> Tensor:
        return likeliest(logits) if random is None else drawn(logits, temperature, random[:, token])

    ends = torch.tensor(sorted(model.end_ids), device=model.device)
    adapters = [row.adapter for row in rows]
    with model.running(adapters) as mixture, _steering(model, steered) as taps:
        taps.mask(steered_prompt(prompts.mask, positions))
        cache, logits = prefill(model, prompts)
        passes = 1
        chosen = choose(logits, 0)
        generated = [chosen]
        ended = torch.isin(chosen, ends)
        mask, last = prompts.mask, prompts.positions[:, -1]
        ones = torch.ones_like(chosen[:, None])
        taps.mask(ones)
        while len(generated) < new_tokens and not bool(ended.all()):
            mask, last = torch.cat([mask, ones], dim=1), last + 1
            passes += 1
            chosen = choose(decode_step(model, chosen, mask, last, cache), len(generated))
            generated.append(chosen)
            ended |= torch.isin(chosen, ends)
        taps.check(passes)
        mixture.check(passes)
    return [_answer(row, model.end_ids) for row in torch.stack(generated, dim=1).tolist()]


class _Steering(NamedTuple):
    """The taps of all components at once."""

    taps: Sequence[Taps]

    def mask(self, tokens: Tensor) -> None:
        for taps in self.taps:
            taps.mask(tokens)

    def check(self, passes: int) -> None:
        for taps in self.taps:
            taps.check(passes)


@contextmanager
def _steering(model: Model, steered: Sequence[Sequence[Intervention]]) -> Iterator[_Steering]:
    """The model with what is done to the rows set up in it."""
    with ExitStack() as stack:
        found = []
        for component in _INSIDE_FIRST:
            layers = _layers(steered, component, model.layers)
            if layers:
                found.append(stack.enter_context(tapped(model, layers, component=component)))
        for taps in found:
            taps.steer(steered, model.width)
        yield _Steering(found)


def _layers(steered: Sequence[Sequence[Intervention]], component: Component, layers: int) -> list[int]:
    """The layers at which something is done to a row's component, of a model with so many."""
    named = {one.layer for row in steered for one in row if one.component == component}
    return sorted(layer for layer in (range(layers) if None in named else named) if layer is not None)


def steered_prompt(mask: Tensor, positions: Positions) -> Tensor:
    """Which tokens of left-padded prompts with this mask are steered, (rows, tokens)."""
    if positions == "all":
        return mask
    last = torch.zeros_like(mask)
    last[:, -1] = 1
    return last


def _answer(tokens: list[int], ends: frozenset[int]) -> Answer:
    for index, token in enumerate(tokens):
        if token in ends:
            return Answer(tuple(tokens[:index]), ended=True)
    return Answer(tuple(tokens), ended=False)
