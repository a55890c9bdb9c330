"""What a push does to the next token, against plain hooks on one sequence at a time."""

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from traitscope.engine import Positions, Push, Words, divergences, prompt_divergences
from traitscope.models import Ids, Model


@pytest.fixture
def words(prompts: list[Ids]) -> list[Words]:
    return [
        Words(prompts[0], (40, 51, 62, 73)),
        Words(prompts[1], (44,)),
        Words(prompts[2], (60, 61, 62, 63, 64, 65)),
    ]


def pushes(model: Model) -> list[Push]:
    draw = torch.Generator().manual_seed(3)
    return [Push(layer, torch.randn(model.width, generator=draw)) for layer in (0, model.layers - 1, 1)]


def by_hand(model: Model, words: Words, push: Push, first: int) -> float:
    """Mean KL over the response; the push is added from token `first` on by a plain forward hook."""
    given = torch.tensor([(*words.prompt, *words.response)])
    places = range(len(words.prompt) - 1, len(words.prompt) + len(words.response) - 1)

    def add(module: object, inputs: object, output: Tensor | tuple[Tensor, ...]) -> object:
        residual = output if isinstance(output, Tensor) else output[0]
        changed = residual.clone()
        changed[:, first:] += push.vector
        return changed if isinstance(output, Tensor) else (changed, *output[1:])

    def logits() -> Tensor:
        with torch.inference_mode():
            found: Tensor = model.network(input_ids=given).logits[0, list(places)]
        return found.log_softmax(-1)

    plain = logits()
    hook = model.blocks[push.layer].register_forward_hook(add)
    steered = logits()
    hook.remove()
    return float(torch.nn.functional.kl_div(steered, plain, log_target=True, reduction="none").sum(-1).mean())


@pytest.mark.parametrize("positions", ["all", "response"])
def test_divergences_are_those_of_one_sequence_at_a_time(
    tiny_model: Model, words: Sequence[Words], positions: Positions
) -> None:
    tried = pushes(tiny_model)
    found = divergences(tiny_model, words, tried, positions)
    assert found.shape == (len(tried), len(words))
    for row, push in zip(found, tried, strict=True):
        for value, one in zip(row.tolist(), words, strict=True):
            first = 0 if positions == "all" else len(one.prompt) - 1
            assert value == pytest.approx(by_hand(tiny_model, one, push, first), rel=1e-3, abs=1e-5)


def test_blocks_below_a_push_are_computed_once(
    tiny_llama: Model, words: Sequence[Words], monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = [0] * tiny_llama.layers
    for place, block in enumerate(tiny_llama.blocks):
        forward = block.forward

        def count(
            *args: object, place: int = place, forward: Callable[..., object] = forward, **kwargs: object
        ) -> object:
            passes[place] += 1
            return forward(*args, **kwargs)

        monkeypatch.setattr(block, "forward", count)
    vector = torch.ones(tiny_llama.width)
    divergences(tiny_llama, words, [Push(2, vector), Push(2, -vector), Push(1, vector)])
    assert passes == [1, 2, 4, 4]


def test_a_push_of_zero_moves_nothing(tiny_model: Model, words: Sequence[Words]) -> None:
    nothing = Push(1, torch.zeros(tiny_model.width))
    assert divergences(tiny_model, words, [nothing]).abs().max() < 1e-6


def test_a_longer_push_moves_more(tiny_model: Model, words: Sequence[Words]) -> None:
    draw = torch.Generator().manual_seed(5)
    unit = torch.nn.functional.normalize(torch.randn(tiny_model.width, generator=draw), dim=0)
    found = divergences(tiny_model, words, [Push(1, length * unit) for length in (0.05, 0.2, 0.8)]).mean(1)
    assert 0 < found[0] < found[1] < found[2]


def test_blocks_are_as_they_were_afterwards(tiny_model: Model, words: Sequence[Words]) -> None:
    before = list(tiny_model.blocks)
    divergences(tiny_model, words, pushes(tiny_model))
    assert list(tiny_model.blocks) == before


def test_a_push_at_a_part_of_the_block_is_measured_there(tiny_llama: Model, prompts: list[Ids]) -> None:
    words = [Words(prompts[0], (40, 51, 62))]
    vector = torch.randn(tiny_llama.width, generator=torch.Generator().manual_seed(7))
    last = tiny_llama.layers - 1
    # What the last block's MLP adds joins the stream unchanged: both pushes are the same one.
    found = divergences(tiny_llama, words, [Push(last, vector), Push(last, vector, "mlp_out")])
    assert float(found[0]) == pytest.approx(float(found[1]), rel=1e-4)
    assert float(found[0]) > 0


def test_another_prompt_moves_the_response_as_one_sequence_at_a_time_says(
    tiny_model: Model, words: list[Words], prompts: list[Ids]
) -> None:
    others = [prompts[3], prompts[1], prompts[4]]
    found = prompt_divergences(tiny_model, words, others)

    def after(prompt: Ids, response: Ids) -> Tensor:
        with torch.inference_mode():
            logits: Tensor = tiny_model.network(input_ids=torch.tensor([(*prompt, *response)])).logits
        return logits[0, len(prompt) - 1 : len(prompt) + len(response) - 1].log_softmax(-1)

    for value, one, prompt in zip(found.tolist(), words, others, strict=True):
        plain, changed = after(one.prompt, one.response), after(prompt, one.response)
        by_token = torch.nn.functional.kl_div(changed, plain, log_target=True, reduction="none").sum(-1)
        assert value == pytest.approx(float(by_token.mean()), rel=1e-3, abs=1e-5)
    assert found[1] < 1e-6
    assert min(found[0], found[2]) > 0.01
