"""Reading, steering and scoring on the architectures that people study, held against plain transformers.

The expectation is always one row without pads and without a cache: the whole sequence in one pass.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tiny_architectures import ARCHITECTURES, LAYERS, WINDOW
from traitscope.engine import (
    Positions,
    Push,
    Row,
    Words,
    check_model,
    decode,
    divergences,
    log_probabilities,
    read,
)
from traitscope.engine.taps import tapped
from traitscope.models import Ids, Model

PROMPTS: tuple[Ids, ...] = (
    (31, 45, 52, 63),
    tuple(range(40, 40 + 3 * WINDOW)),
    (77,),
    tuple(range(90, 80 - WINDOW, -1)),
)
ANSWERS: tuple[Ids, ...] = (
    tuple(range(50, 50 + 2 * WINDOW)),
    (61, 72, 83),
    (44, 45),
    tuple(range(99, 85, -1)),
)
NEW_TOKENS = WINDOW + 5
NEAR_TIE = 1e-3


@pytest.fixture(params=sorted(ARCHITECTURES))
def architecture(request: pytest.FixtureRequest, tiny_of: Callable[[str], Model]) -> Model:
    """A tiny model of each in turn."""
    return tiny_of(request.param)


def whole_pass(model: Model, ids: Ids) -> tuple[list[Tensor], Tensor]:
    """transformers' own hidden states (after each block but the last) and logits of one sequence."""
    with torch.inference_mode():
        output = model.network(input_ids=torch.tensor([ids]), output_hidden_states=True, use_cache=False)
    return [state[0] for state in output.hidden_states[1:-1]], output.logits[0]


@contextmanager
def hooked(model: Model, push: Push) -> Iterator[None]:
    """The push is added to every token by a plain forward hook."""

    def add(_module: object, _inputs: object, output: Tensor | tuple[Tensor, ...]) -> object:
        residual = (output[0] if isinstance(output, tuple) else output) + push.vector
        return (residual, *output[1:]) if isinstance(output, tuple) else residual

    hook = model.blocks[push.layer].register_forward_hook(add)
    try:
        yield
    finally:
        hook.remove()


def greedy(model: Model, prompt: Ids, push: Push | None, positions: Positions = "all") -> list[Tensor]:
    """Logits before each token of a greedy answer, the whole sequence read anew for every token."""
    layer = push.layer if push else 0
    vector = push.vector if push else torch.zeros(model.width)
    first = 0 if positions == "all" else len(prompt) - 1

    def add(_module: object, _inputs: object, output: Tensor | tuple[Tensor, ...]) -> object:
        residual = (output[0] if isinstance(output, tuple) else output).clone()
        residual[:, first:] += vector
        return (residual, *output[1:]) if isinstance(output, tuple) else residual

    hook = model.blocks[layer].register_forward_hook(add)
    found: list[Tensor] = []
    ids = list(prompt)
    try:
        while len(found) < NEW_TOKENS and not (found and ids[-1] in model.end_ids):
            found.append(whole_pass(model, tuple(ids))[1][-1])
            ids.append(int(found[-1].argmax()))
    finally:
        hook.remove()
    return found


def assert_greedy(found: Ids, expected: list[Tensor], ends: frozenset[int]) -> None:
    """The tokens are the likeliest ones, up to the first near-tie."""
    chosen = [*found, *sorted(ends)[:1]][: len(expected)]
    for token, logits in zip(chosen, expected, strict=False):
        best = int(logits.argmax())
        if token in ends and best in ends:
            return
        if token != best:
            assert float(logits[best] - logits[token]) < NEAR_TIE, f"{token} instead of {best} in {found}"
            return
    assert len(found) >= len(expected) - 1


def pushes(model: Model) -> list[Push]:
    """At the first and at the last block, as long as the residual there."""
    states, _ = whole_pass(model, PROMPTS[1])
    direction = torch.randn(model.width, generator=torch.Generator().manual_seed(5))
    length = states[0].norm(dim=-1).mean()
    return [Push(layer, length * direction / direction.norm()) for layer in (0, model.layers - 1)]


def test_the_self_check_passes_on_every_architecture(architecture: Model) -> None:
    check_model(architecture)


def test_a_capture_equals_transformers_hidden_states_below_the_last_block(architecture: Model) -> None:
    shown: list[Tensor] = []
    keep = tapped(architecture, range(LAYERS), lambda _, one: shown.append(one.clone()))
    with torch.inference_mode(), keep:
        architecture.network(input_ids=torch.tensor([PROMPTS[1]]), use_cache=False)
    states, _ = whole_pass(architecture, PROMPTS[1])
    assert len(shown) == LAYERS
    for found, expected in zip(shown, states, strict=False):
        torch.testing.assert_close(found[0], expected)


def test_a_padded_reading_equals_each_sequence_alone(architecture: Model) -> None:
    words = [Words(prompt, answer) for prompt, answer in zip(PROMPTS, ANSWERS, strict=True)]
    kept = [range(len(one.prompt) + len(one.response)) for one in words]
    for one, reading in zip(words, read(architecture, words, kept, 0), strict=True):
        states, logits = whole_pass(architecture, (*one.prompt, *one.response))
        torch.testing.assert_close(reading.residual[:-1], torch.stack(states), atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(
            reading.log_probability,
            expected_log_probability(logits, one.prompt, one.response),
            atol=1e-4,
            rtol=1e-4,
        )


def expected_log_probability(logits: Tensor, prompt: Ids, answer: Ids) -> Tensor:
    rows = logits[len(prompt) - 1 : -1].log_softmax(-1)
    return rows.gather(1, torch.tensor(answer)[:, None])[:, 0]


def test_log_probabilities_equal_transformers_logits_also_past_the_window(architecture: Model) -> None:
    """One prompt has two answers, so that its keys and values are shared between rows."""
    prompts, answers = (*PROMPTS, PROMPTS[1]), (*ANSWERS, ANSWERS[3])
    for prompt, answer, found in zip(
        prompts, answers, log_probabilities(architecture, prompts, answers), strict=True
    ):
        _, logits = whole_pass(architecture, (*prompt, *answer))
        torch.testing.assert_close(
            found, expected_log_probability(logits, prompt, answer), atol=1e-4, rtol=1e-4
        )


def test_log_probabilities_under_a_push_equal_those_with_a_plain_hook(architecture: Model) -> None:
    for push in pushes(architecture):
        found = log_probabilities(architecture, PROMPTS, ANSWERS, push)
        for prompt, answer, one in zip(PROMPTS, ANSWERS, found, strict=True):
            with hooked(architecture, push):
                _, logits = whole_pass(architecture, (*prompt, *answer))
            torch.testing.assert_close(
                one, expected_log_probability(logits, prompt, answer), atol=1e-4, rtol=1e-4
            )


def test_divergences_computed_from_the_middle_on_equal_those_of_whole_passes(architecture: Model) -> None:
    words = [Words(prompt, answer) for prompt, answer in zip(PROMPTS, ANSWERS, strict=True)]
    tried = [*pushes(architecture), *(replace(one, layer=1) for one in pushes(architecture)[:1])]
    for push, row in zip(tried, divergences(architecture, words, tried), strict=True):
        for one, found in zip(words, row.tolist(), strict=True):
            ids, first = (*one.prompt, *one.response), len(one.prompt) - 1
            plain = whole_pass(architecture, ids)[1][first:-1].log_softmax(-1)
            with hooked(architecture, push):
                steered = whole_pass(architecture, ids)[1][first:-1].log_softmax(-1)
            by_token = torch.nn.functional.kl_div(steered, plain, log_target=True, reduction="none").sum(-1)
            assert found == pytest.approx(float(by_token.mean()), rel=1e-3, abs=1e-5)


def test_a_padded_batch_decodes_what_each_prompt_decodes_alone(architecture: Model) -> None:
    answers = decode(architecture, [Row(prompt) for prompt in PROMPTS], NEW_TOKENS)
    for prompt, answer in zip(PROMPTS, answers, strict=True):
        assert_greedy(answer.ids, greedy(architecture, prompt, None), architecture.end_ids)


def test_a_push_of_zero_changes_no_token(architecture: Model) -> None:
    zero = torch.zeros(architecture.width)
    plain = decode(architecture, [Row(prompt) for prompt in PROMPTS], NEW_TOKENS)
    for layer in (0, LAYERS - 1):
        rows = [Row(prompt, Push(layer, zero)) for prompt in PROMPTS]
        assert decode(architecture, rows, NEW_TOKENS) == plain


@pytest.mark.parametrize("positions", ["all", "response"])
def test_rows_steered_at_the_first_and_last_block_decode_as_with_a_plain_hook(
    architecture: Model, positions: Positions
) -> None:
    rows = [Row(prompt, push) for prompt in PROMPTS for push in (None, *pushes(architecture))]
    answers = decode(architecture, rows, NEW_TOKENS, positions)
    for row, answer in zip(rows, answers, strict=True):
        expected = greedy(architecture, row.prompt, row.steered, positions)
        assert_greedy(answer.ids, expected, architecture.end_ids)


def test_steering_changes_the_logits_at_the_first_and_last_block_and_is_counted(architecture: Model) -> None:
    ids = torch.tensor([PROMPTS[1]])
    _, plain = whole_pass(architecture, PROMPTS[1])
    for push in pushes(architecture):
        with torch.inference_mode(), tapped(architecture, [push.layer]) as taps:
            taps.steer([[push]], architecture.width)
            taps.mask(torch.ones_like(ids))
            steered = architecture.network(input_ids=ids, use_cache=False).logits[0]
            taps.check(1)
        assert float((steered - plain).abs().max()) > 1e-2
