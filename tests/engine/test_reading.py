"""What a model makes of given words, against transformers' own outputs one sequence at a time."""

from typing import Any

import pytest
import torch
from torch import Tensor

from traitscope.engine import Words, read, read_residual
from traitscope.models import Ids, Model


@pytest.fixture
def words(prompts: list[Ids]) -> list[Words]:
    """Prompts and responses of unequal lengths, one of a single token."""
    responses = [(40, 51, 62, 73), (44,), (60, 61, 62, 63, 64, 65, 66), (90, 80), (35, 45, 55)]
    return [Words(prompt, response) for prompt, response in zip(prompts, responses, strict=True)]


def residuals_of(model: Model, ids: Ids) -> tuple[Tensor, Tensor]:
    """Residual after every block (layers, tokens, width) and logits (tokens, vocabulary), by plain hooks."""
    found: list[Tensor] = []

    def keep(_module: Any, _inputs: Any, output: Any) -> None:
        found.append((output[0] if isinstance(output, tuple) else output)[0])

    hooks = [block.register_forward_hook(keep) for block in model.blocks]
    with torch.inference_mode():
        logits = model.network(input_ids=torch.tensor([ids]), use_cache=False).logits[0]
    for hook in hooks:
        hook.remove()
    return torch.stack(found), logits


def all_tokens(words: list[Words]) -> list[range]:
    return [range(len(one.prompt) + len(one.response)) for one in words]


def test_a_padded_reading_equals_each_sequence_read_alone(model: Model, words: list[Words]) -> None:
    readings = read(model, words, all_tokens(words), logits_from=0)
    for one, reading in zip(words, readings, strict=True):
        residual, _ = residuals_of(model, (*one.prompt, *one.response))
        assert reading.residual.shape == residual.shape
        assert reading.residual.dtype == torch.float32
        assert relative_error(reading.residual, residual) < 1e-4


def test_the_log_probability_is_that_of_each_response_token_after_all_before_it(
    model: Model, words: list[Words]
) -> None:
    readings = read(model, words, [range(1)] * len(words), logits_from=0)
    for one, reading in zip(words, readings, strict=True):
        _, logits = residuals_of(model, (*one.prompt, *one.response))
        expected = [
            float(logits[len(one.prompt) - 1 + place].log_softmax(-1)[token])
            for place, token in enumerate(one.response)
        ]
        torch.testing.assert_close(reading.log_probability, torch.tensor(expected), atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize("logits_from", [0, 2])
def test_mean_logits_are_those_where_the_late_response_tokens_are_the_input(
    tiny_model: Model, prompts: list[Ids], logits_from: int
) -> None:
    words = [
        Words(prompts[0], (40, 51, 62, 73)),
        Words(prompts[1], (44, 45)),
        Words(prompts[2], (60, 61, 62)),
    ]
    readings = read(tiny_model, words, [range(1)] * 3, logits_from)
    for one, reading in zip(words, readings, strict=True):
        _, logits = residuals_of(tiny_model, (*one.prompt, *one.response))
        late = logits[len(one.prompt) + logits_from :]
        if len(one.response) <= logits_from:
            assert reading.mean_logits is None
        else:
            assert reading.mean_logits is not None
            torch.testing.assert_close(reading.mean_logits, late.mean(0), atol=1e-4, rtol=1e-4)


def test_only_the_tokens_asked_for_are_kept_each_from_its_own_row(
    tiny_model: Model, words: list[Words]
) -> None:
    whole = read(tiny_model, words, all_tokens(words), logits_from=0)
    kept = [range(2), range(3, 6), range(1, 1), range(2, 3), range(1, 4)]
    found = read(tiny_model, words, kept, logits_from=0)
    for tokens, all_of, some in zip(kept, whole, found, strict=True):
        torch.testing.assert_close(some.residual, all_of.residual[:, tokens.start : tokens.stop])


def test_a_batch_of_which_no_token_is_kept_can_be_read(tiny_model: Model, words: list[Words]) -> None:
    readings = read(tiny_model, words, [range(2, 2)] * len(words), logits_from=0)
    assert {tuple(one.residual.shape) for one in readings} == {(tiny_model.layers, 0, tiny_model.width)}
    assert [len(one.log_probability) for one in readings] == [len(one.response) for one in words]


def test_read_residual_equals_the_residual_of_read(tiny_model: Model, words: list[Words]) -> None:
    kept = [range(len(one.prompt), len(one.prompt) + min(2, len(one.response))) for one in words]
    alone = read_residual(tiny_model, words, kept)
    for residual, reading in zip(alone, read(tiny_model, words, kept, logits_from=0), strict=True):
        torch.testing.assert_close(residual, reading.residual, atol=1e-4, rtol=1e-4)


def test_words_after_the_last_kept_token_change_nothing(tiny_llama: Model, prompts: list[Ids]) -> None:
    kept = [range(len(prompts[0]), len(prompts[0]) + 2)]
    short = read_residual(tiny_llama, [Words(prompts[0], (40, 51))], kept)
    long = read_residual(tiny_llama, [Words(prompts[0], (40, 51, 99, 98, 97))], kept)
    assert torch.equal(short[0], long[0])


def relative_error(found: Tensor, expected: Tensor) -> float:
    return float((found - expected).norm() / expected.norm())
