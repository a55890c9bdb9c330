"""How likely answers are, against transformers' logits one sequence at a time."""

import pytest
import torch
from torch import Tensor

from traitscope.engine import Positions, Push, log_probabilities
from traitscope.models import Ids, Model


def one_at_a_time(model: Model, prompt: Ids, answer: Ids) -> Tensor:
    with torch.inference_mode():
        logits = model.network(input_ids=torch.tensor([(*prompt, *answer)])).logits[0]
    chosen = logits.log_softmax(-1)[range(len(prompt) - 1, len(prompt) + len(answer) - 1), list(answer)]
    return chosen.float()


def test_answers_of_shared_and_unequal_prompts_are_scored_as_one_at_a_time(
    model: Model, prompts: list[Ids]
) -> None:
    """Prompts come back in any order, with one-token, long, and repeated answers among them."""
    asked = [prompts[0], prompts[1], prompts[0], prompts[2], prompts[1], prompts[0]]
    answers: list[Ids] = [(40, 51, 62, 73), (44,), (90, 80), (60, 61, 62, 63, 64, 65, 66), (33, 44), (40, 51)]
    found = log_probabilities(model, asked, answers)
    for prompt, answer, scores in zip(asked, answers, found, strict=True):
        assert scores.dtype == torch.float32
        torch.testing.assert_close(scores, one_at_a_time(model, prompt, answer), atol=2e-3, rtol=1e-4)


def test_an_empty_answer_has_no_log_probabilities(tiny_model: Model, prompts: list[Ids]) -> None:
    found = log_probabilities(tiny_model, prompts[:3], [(), (44, 55), ()])
    assert [len(scores) for scores in found] == [0, 2, 0]
    torch.testing.assert_close(
        found[1], one_at_a_time(tiny_model, prompts[1], (44, 55)), atol=1e-4, rtol=1e-4
    )


def test_a_batch_of_one_token_answers_is_scored(tiny_model: Model, prompts: list[Ids]) -> None:
    found = log_probabilities(tiny_model, [prompts[0]] * 2, [(44,), (45,)])
    for token, scores in zip((44, 45), found, strict=True):
        torch.testing.assert_close(
            scores, one_at_a_time(tiny_model, prompts[0], (token,)), atol=1e-4, rtol=1e-4
        )


def test_each_distinct_prompt_is_read_once(
    tiny_llama: Model, prompts: list[Ids], monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes: list[tuple[int, ...]] = []
    forward = tiny_llama.network.forward

    def count(**inputs: Tensor) -> object:
        shapes.append(tuple(inputs["input_ids"].shape))
        return forward(**inputs)

    monkeypatch.setattr(tiny_llama.network, "forward", count)
    log_probabilities(tiny_llama, [prompts[0], prompts[1]] * 4, [(40, 41, 42)] * 8)
    assert shapes == [(2, max(len(prompts[0]), len(prompts[1]))), (8, 2)]


def pushed_one_at_a_time(model: Model, prompt: Ids, answer: Ids, push: Push, first: int) -> Tensor:
    """The push is added from token `first` on by a plain forward hook on the block."""

    def add(module: object, inputs: object, output: Tensor | tuple[Tensor, ...]) -> object:
        residual = (output if isinstance(output, Tensor) else output[0]).clone()
        residual[:, first:] += push.vector
        return residual if isinstance(output, Tensor) else (residual, *output[1:])

    hook = model.blocks[push.layer].register_forward_hook(add)
    try:
        return one_at_a_time(model, prompt, answer)
    finally:
        hook.remove()


@pytest.mark.parametrize("positions", ["all", "response"])
def test_answers_are_read_under_a_push_as_transformers_reads_them_with_a_hook(
    tiny_model: Model, prompts: list[Ids], positions: Positions
) -> None:
    asked = [prompts[0], prompts[1], prompts[0], prompts[2]]
    answers: list[Ids] = [(40, 51, 62), (44,), (90, 80), (60, 61, 62, 63)]
    push = Push(1, torch.randn(tiny_model.width, generator=torch.Generator().manual_seed(2)))
    found = log_probabilities(tiny_model, asked, answers, push, positions)
    for prompt, answer, scores in zip(asked, answers, found, strict=True):
        first = 0 if positions == "all" else len(prompt) - 1
        expected = pushed_one_at_a_time(tiny_model, prompt, answer, push, first)
        torch.testing.assert_close(scores, expected, atol=1e-3, rtol=1e-4)
        assert not torch.allclose(scores, one_at_a_time(tiny_model, prompt, answer), atol=2e-3)


def test_reading_under_a_push_of_zero_changes_nothing_and_leaves_the_blocks(
    tiny_model: Model, prompts: list[Ids]
) -> None:
    before, nothing = list(tiny_model.blocks), Push(0, torch.zeros(tiny_model.width))
    answers: list[Ids] = [(40, 51, 62), (44,), ()]
    plain = log_probabilities(tiny_model, prompts[:3], answers)
    for one, other in zip(plain, log_probabilities(tiny_model, prompts[:3], answers, nothing), strict=True):
        torch.testing.assert_close(one, other)
    assert list(tiny_model.blocks) == before
