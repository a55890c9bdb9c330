"""How likely a model finds given answers to given prompts, unsteered or under a push.

Each prompt is read once for all its answers.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from traitscope.engine.decoding import Positions, steered_prompt
from traitscope.engine.interventions import Push, check_fit
from traitscope.engine.padding import pad_left, pad_right
from traitscope.engine.prefill import prefill
from traitscope.engine.taps import tapped
from traitscope.models import Component, Ids, Model


def log_probabilities(
    model: Model,
    prompts: Sequence[Ids],
    answers: Sequence[Ids],
    push: Push | None = None,
    positions: Positions = "all",
) -> list[Tensor]:
    """Log-probability of every token of `answers[i]` after `prompts[i]`, each (tokens,) float32 on the CPU.

    One batch; equal prompts are computed once and their keys and values shared.

    Args:
        push: what is added while all of them are read; None is the model as it is.
        positions: which tokens are pushed, as in `decode`.

    Raises:
        InputError: the push is of another depth or width than the model, or holds no numbers.
        WorkError: the steering did not reach the network.
    """
    check_fit(model, [] if push is None else [push])
    unique = list(dict.fromkeys(prompts))
    places = torch.tensor([unique.index(prompt) for prompt in prompts], device=model.device)
    before = pad_left(unique, model.pad_id, model.device)
    layers = [] if push is None else [push.layer]
    component: Component = "residual" if push is None else push.component
    with model.running(), tapped(model, layers, component=component) as taps:
        # One row stands for all, since all are pushed alike.
        taps.steer([[] if push is None else [push]], model.width)
        taps.mask(steered_prompt(before.mask, positions))
        cache, logits = prefill(model, before)
        opening = logits[places]
        # The last token of an answer predicts nothing that is asked for; an answer of none needs a filler.
        inputs = [answer[:-1] or (model.pad_id,) for answer in answers]
        given = pad_right(inputs, model.pad_id, model.device)
        cache.batch_select_indices(places)
        taps.mask(given.mask)
        later = model.network(
            input_ids=given.ids,
            attention_mask=torch.cat([before.mask[places], given.mask], dim=1),
            position_ids=before.positions[places, -1:] + 1 + given.positions,
            past_key_values=cache,
            use_cache=True,
        ).logits
        taps.check(2)
        return [
            _chosen(opening[row], later[row], answer) if answer else torch.zeros(0)
            for row, answer in enumerate(answers)
        ]


def _chosen(opening: Tensor, later: Tensor, answer: Ids) -> Tensor:
    logits = torch.cat([opening, later[: len(answer) - 1]]).float()
    tokens = torch.tensor(answer, device=logits.device)[:, None]
    return (logits.gather(1, tokens)[:, 0] - logits.logsumexp(1)).cpu()
