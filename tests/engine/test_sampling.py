"""Tokens drawn at a temperature: by the right probabilities, and by a row's own seed whatever its batch."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from traitscope.engine import Row, decode
from traitscope.engine.sampling import drawn, uniforms
from traitscope.models import Ids, Model

TOKENS = 6


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_tokens_are_drawn_by_their_probabilities_at_the_temperature(temperature: float) -> None:
    logits = torch.tensor([0.0, 1.0, -1.0, 2.0, -torch.inf])
    draws = uniforms([3], 20_000)[0]
    chosen = drawn(logits.expand(len(draws), 1, 5), temperature, draws)
    scaled = np.exp(logits.double().numpy() / temperature)
    expected = len(draws) * scaled / scaled.sum()
    counts = np.bincount(chosen.numpy(), minlength=5)
    assert counts[4] == 0
    assert chisquare(counts[:4], expected[:4]).pvalue > 0.001


def test_the_extremes_of_the_random_numbers_are_tokens_that_can_be_drawn() -> None:
    logits = torch.full((2, 1, 300), -torch.inf)
    logits[:, 0, [7, 250]] = torch.tensor([0.0, -20.0])
    assert drawn(logits, 1.0, torch.tensor([0.0, 1 - 1e-16], dtype=torch.float64)).tolist() == [7, 250]


def test_a_row_draws_the_same_tokens_alone_in_other_batches_and_in_another_order(
    tiny_model: Model, prompts: list[Ids]
) -> None:
    rows = [Row(prompt, seed=100 + index) for index, prompt in enumerate(prompts)]
    together = decode(tiny_model, rows, TOKENS, temperature=1.0)
    assert decode(tiny_model, rows[::-1], TOKENS, temperature=1.0)[::-1] == together
    assert [decode(tiny_model, [row], TOKENS, temperature=1.0)[0] for row in rows] == together
    longer = decode(tiny_model, rows, 3 * TOKENS, temperature=1.0)
    assert [answer.ids[:TOKENS] for answer in longer] == [answer.ids for answer in together]


def test_seeds_differ_and_steering_acts_on_drawn_tokens_too(
    tiny_model: Model, prompts: list[Ids], push_at: Any
) -> None:
    rows = [Row(prompts[0], seed=seed) for seed in range(12)]
    plain = decode(tiny_model, rows, TOKENS, temperature=1.0)
    assert len({answer.ids for answer in plain}) > 6
    push = push_at(tiny_model, 1, 3.0)
    steered = decode(tiny_model, [replace(row, steered=push) for row in rows], TOKENS, temperature=1.0)
    assert sum(one.ids != other.ids for one, other in zip(plain, steered, strict=True)) > 3


def test_at_temperature_0_seeds_mean_nothing(tiny_model: Model, prompts: list[Ids]) -> None:
    rows = [Row(prompt, seed=7) for prompt in prompts]
    assert decode(tiny_model, rows, TOKENS) == decode(tiny_model, [Row(prompt) for prompt in prompts], TOKENS)
