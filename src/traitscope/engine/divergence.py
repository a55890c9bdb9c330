"""How far a push moves what a model would say next, on words it would have said anyway.

    KL(p || q) = sum_x p(x) (log p(x) - log q(x)),   p unsteered and q steered, both given the same words

averaged over the tokens of the response: what the push costs, before anything is generated or judged.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from traitscope.engine.decoding import Positions
from traitscope.engine.halfway import keeping, started_at
from traitscope.engine.interventions import Push, check_fit
from traitscope.engine.padding import Rectangle, pad_left
from traitscope.engine.reading import Words
from traitscope.engine.taps import tapped
from traitscope.models import Ids, Model


def divergences(
    model: Model, words: Sequence[Words], pushes: Sequence[Push], positions: Positions = "all"
) -> Tensor:
    """Mean KL divergence over each response's tokens, nats: (pushes, words) float32 on the CPU.

    The words are read once unsteered and once for each push from its layer on, all words together. A
    response's i-th token is the one predicted; its last token is the input of nothing.

    Args:
        model: who is steered.
        words: what is read; each response holds at least a token.
        pushes: what is added.
        positions: which tokens are pushed, as in `decode`.

    Raises:
        InputError: a push is of another depth or width than the model, or holds no numbers.
        WorkError: the steering did not reach the network.
    """
    check_fit(model, pushes)
    batch, counted = _response(model, words), _counted(model, words)
    kept = counted.shape[1]
    mask = batch.mask if positions == "all" else _from_last_prompt_token(batch, words)
    found = torch.zeros(len(pushes), len(words))
    with model.running():
        with keeping(model, {push.layer for push in pushes}) as below:
            plain = _log_probabilities(model, batch, kept)
        for index, push in enumerate(pushes):
            with (
                started_at(model, push.layer, below),
                tapped(model, [push.layer], component=push.component) as taps,
            ):
                taps.steer([[push]] * len(words), model.width)
                taps.mask(mask)
                steered = _log_probabilities(model, batch, kept)
                taps.check(1)
            found[index] = _mean(plain, steered, counted)
    return found


def prompt_divergences(model: Model, words: Sequence[Words], prompts: Sequence[Ids]) -> Tensor:
    """The same of another prompt in place of a push: q reads each response after `prompts[i]`.

    (words,) float32 on the CPU, nats.
    """
    others = [Words(prompt, one.response) for prompt, one in zip(prompts, words, strict=True)]
    counted = _counted(model, words)
    with model.running():
        plain, changed = (
            _log_probabilities(model, _response(model, some), counted.shape[1]) for some in (words, others)
        )
        return _mean(plain, changed, counted)


def _response(model: Model, words: Sequence[Words]) -> Rectangle:
    """What is read: all but the last token, since that is the input of nothing."""
    return pad_left([(*one.prompt, *one.response[:-1]) for one in words], model.pad_id, model.device)


def _counted(model: Model, words: Sequence[Words]) -> Tensor:
    """(words, tokens) float32 of the last places that are read: 1 where a response token is predicted."""
    kept = max(len(one.response) for one in words)
    counted = torch.zeros(len(words), kept, device=model.device)
    for row, one in enumerate(words):
        counted[row, kept - len(one.response) :] = 1
    return counted


def _mean(plain: Tensor, changed: Tensor, counted: Tensor) -> Tensor:
    divergence = (plain.exp() * (plain - changed)).sum(-1)
    return ((divergence * counted).sum(1) / counted.sum(1)).cpu()


def _from_last_prompt_token(batch: Rectangle, words: Sequence[Words]) -> Tensor:
    mask = torch.zeros_like(batch.mask)
    for row, one in enumerate(words):
        mask[row, batch.ids.shape[1] - len(one.response) :] = 1
    return mask


def _log_probabilities(model: Model, batch: Rectangle, kept: int) -> Tensor:
    """(words, kept, vocabulary) float32, of the last `kept` places."""
    logits = model.network(
        input_ids=batch.ids,
        attention_mask=batch.mask,
        position_ids=batch.positions,
        use_cache=False,
        logits_to_keep=kept,
    ).logits
    # Some networks take `logits_to_keep` and give all logits nevertheless.
    return torch.log_softmax(logits[:, -kept:].float(), dim=-1)
