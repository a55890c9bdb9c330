"""Batches of differently steered rows against one row at a time with a plain hook."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from traitscope.engine import Push, Row, decode
from traitscope.engine.taps import tapped
from traitscope.errors import WorkError
from traitscope.models import Ids, Model

TOKENS = 8


@pytest.fixture
def mixed_rows(model: Model, prompts: list[Ids], push_at: Any) -> list[Row]:
    """Five prompts of unequal length; first, middle and last layer, both signs, one row unsteered."""
    last = model.layers - 1
    pushes = [
        push_at(model, 0, 0.6, seed=1),
        push_at(model, last // 2, -0.8, seed=2),
        None,
        push_at(model, last, 1.5, seed=3),
        push_at(model, last // 2, 1.1, seed=4),
    ]
    return [Row(prompt, push) for prompt, push in zip(prompts, pushes, strict=True)]


@pytest.mark.parametrize("positions", ["all", "response"])
def test_a_batch_of_steered_rows_equals_one_row_at_a_time_with_a_plain_hook(
    model: Model, mixed_rows: list[Row], positions: Any, plain_hook: Any, assert_same_tokens: Any
) -> None:
    answers = decode(model, mixed_rows, TOKENS, positions)
    for row, answer in zip(mixed_rows, answers, strict=True):
        expected = plain_hook(model).generate(row.prompt, row.steered, TOKENS, positions)
        assert_same_tokens(model, row.prompt, answer.ids, expected, row.steered, positions)


def test_the_steering_of_these_tests_changes_the_answers(model: Model, mixed_rows: list[Row]) -> None:
    """Else the comparisons above would compare unsteered answers with unsteered answers."""
    plain = decode(model, [replace(row, steered=None) for row in mixed_rows], TOKENS)
    for positions in ("all", "response"):
        steered = decode(model, mixed_rows, TOKENS, positions)
        changed = [one.ids != other.ids for one, other in zip(steered, plain, strict=True)]
        assert changed[2] is False
        assert sum(changed) >= 3


def test_unsteered_padded_rows_equal_unpadded_ones(
    model: Model, prompts: list[Ids], assert_same_tokens: Any
) -> None:
    together = decode(model, [Row(prompt) for prompt in prompts], TOKENS)
    for prompt, answer in zip(prompts, together, strict=True):
        alone = decode(model, [Row(prompt)], TOKENS)[0]
        assert_same_tokens(model, prompt, answer.ids, alone.ids, None)


def test_a_coefficient_of_zero_gives_the_unsteered_tokens(model: Model, prompts: list[Ids]) -> None:
    nothing = torch.zeros(model.width)
    zeros = [Row(prompt, Push(layer % model.layers, nothing)) for layer, prompt in enumerate(prompts)]
    assert decode(model, zeros, TOKENS) == decode(model, [Row(prompt) for prompt in prompts], TOKENS)


def test_rows_of_one_batch_do_not_see_each_others_direction(
    tiny_model: Model, prompts: list[Ids], push_at: Any
) -> None:
    """The same layer, prompts and shape; only what is added to the other rows changes, even to nonsense."""
    own = push_at(tiny_model, 1, 0.9, seed=5)
    found = []
    for other in (torch.zeros(tiny_model.width), own.vector * -40, torch.full_like(own.vector, 1e38)):
        pushes = (Push(1, other), own, Push(0, other), None)
        rows = [Row(prompt, push) for prompt, push in zip(prompts, pushes, strict=False)]
        answers = decode(tiny_model, rows, TOKENS)
        found.append((answers[1], answers[3]))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("positions", ["all", "response"])
def test_the_first_generated_token_is_steered(
    tiny_model: Model, prompts: list[Ids], push_at: Any, positions: Any, plain_hook: Any
) -> None:
    layer = tiny_model.layers - 2
    rows = [Row(prompt, push_at(tiny_model, layer, 3.0, seed)) for seed, prompt in enumerate(prompts)]
    first = [answer.ids for answer in decode(tiny_model, rows, 1, positions)]
    expected, plain = [], []
    for row in rows:
        hook = plain_hook(tiny_model)
        expected.append((int(hook.next_logits(row.prompt, (), row.steered, positions).argmax()),))
        plain.append((int(hook.next_logits(row.prompt, (), None).argmax()),))
    assert first == expected
    assert first != plain


def test_response_positions_leave_the_prompt_before_its_last_token_alone(
    tiny_model: Model, prompts: list[Ids], push_at: Any
) -> None:
    """What each position adds to, read off the residual itself."""
    push = push_at(tiny_model, 0, 1.0)
    prompt = prompts[0]
    added: dict[str, list[Tensor]] = {}
    for positions in ("all", "response"):
        residuals: list[Tensor] = []

        def keep(_module: Any, _inputs: Any, output: Any, kept: list[Tensor] = residuals) -> None:
            kept.append(output[0] if isinstance(output, tuple) else output)

        unsteered = tiny_model.blocks[0].register_forward_hook(keep)
        steered = tiny_model.blocks[1].register_forward_pre_hook(
            lambda _module, inputs, kept=residuals: kept.append(inputs[0])
        )
        decode(tiny_model, [Row(prompt, push)], 2, positions)
        unsteered.remove()
        steered.remove()
        added[positions] = [after - before for before, after in zip(*[iter(residuals)] * 2, strict=True)]
    for positions, (in_prompt, in_answer) in added.items():
        first = 0 if positions == "all" else len(prompt) - 1
        expected = torch.zeros_like(in_prompt)
        expected[:, first:] = push.vector
        torch.testing.assert_close(in_prompt, expected, atol=1e-4, rtol=0)
        torch.testing.assert_close(in_answer[0, 0], push.vector, atol=1e-4, rtol=0)


def test_a_pad_is_never_steered(tiny_llama: Model, prompts: list[Ids], push_at: Any) -> None:
    push = push_at(tiny_llama, 0, 1.0)
    short, long = prompts[2], prompts[1]
    before: list[Tensor] = []
    after: list[Tensor] = []
    hooks = [
        tiny_llama.blocks[0].register_forward_hook(lambda _module, _inputs, output: before.append(output)),
        tiny_llama.blocks[1].register_forward_pre_hook(lambda _module, inputs: after.append(inputs[0])),
    ]
    decode(tiny_llama, [Row(short, push), Row(long, push)], 1)
    for hook in hooks:
        hook.remove()
    moved = (after[0] - before[0]).norm(dim=-1) > 0
    assert moved.sum(1).tolist() == [len(short), len(long)]
    assert moved[0, -len(short) :].all()


def test_an_end_token_ends_an_answer_and_only_its_own(
    tiny_llama: Model, prompts: list[Ids], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = decode(tiny_llama, [Row(prompt) for prompt in prompts], TOKENS)
    end = plain[0].ids[4]
    ends = [tiny_llama.tokenizer.eos_token_id, end]
    monkeypatch.setattr(tiny_llama.network.generation_config, "eos_token_id", ends)
    cut = decode(tiny_llama, [Row(prompt) for prompt in prompts], TOKENS)
    for before, after in zip(plain, cut, strict=True):
        ends_at = before.ids.index(end) if end in before.ids else None
        assert after.ids == before.ids[:ends_at]
        assert after.ended is (ends_at is not None or before.ended)
    assert cut[0].ended and end not in cut[0].ids


def test_decoding_stops_when_all_rows_have_ended(
    tiny_llama: Model, prompts: list[Ids], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = decode(tiny_llama, [Row(prompts[0])], 1)[0].ids[0]
    monkeypatch.setattr(tiny_llama.network.generation_config, "eos_token_id", first)
    passes: list[int] = []
    with tapped(tiny_llama, [0], lambda _, residual: passes.append(residual.shape[1])):
        answer = decode(tiny_llama, [Row(prompts[0])], TOKENS)[0]
    assert answer.ids == () and answer.ended
    assert passes == [len(prompts[0])]


def test_no_more_tokens_than_asked_for_are_generated(tiny_model: Model, prompts: list[Ids]) -> None:
    for new_tokens in (1, 2, 5):
        answers = decode(tiny_model, [Row(prompt) for prompt in prompts], new_tokens)
        assert all(len(answer.ids) == new_tokens or answer.ended for answer in answers)


def test_steering_that_does_not_reach_the_network_is_an_error(
    tiny_llama: Model, prompts: list[Ids], push_at: Any
) -> None:
    """A network that runs other blocks than those found gives fluent unsteered text: never called steered."""
    decoy = replace(tiny_llama, blocks=nn.ModuleList(tiny_llama.blocks))
    decode(decoy, [Row(prompts[0])], 3)
    with pytest.raises(WorkError, match="layer 2: was steered in"):
        decode(decoy, [Row(prompts[0], push_at(tiny_llama, 2, 1.0))], 3)
