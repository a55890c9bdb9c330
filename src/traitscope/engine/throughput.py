"""How fast a loaded model is here: seconds of reading prompts and of single steps of decoding."""

import time
from collections.abc import Callable
from typing import NamedTuple

import torch

from traitscope.engine.padding import Rectangle, pad_left
from traitscope.engine.prefill import decode_step, prefill
from traitscope.models import Model

PROMPT_TOKENS = 64
"""Of each row read: about as long as a rendered question."""
PROMPT_ROWS = 8
STEPS = 2
"""Steps of decoding timed together."""
REPEATS = 2
"""The faster one counts: what else the machine does is not the model's."""


class Throughput(NamedTuple):
    """Seconds, measured."""

    prompt_rows: int
    prompt_seconds: float
    """Of reading `prompt_rows` prompts of 64 tokens in one pass."""
    one_row: float
    """Of one step of decoding with a single row."""
    all_rows: float
    """Of one step with as many rows as a batch holds."""


def measure(model: Model, rows: int) -> Throughput:
    """Time a model for seconds; `rows` are those of a full batch.

    Raises:
        WorkError: the device's memory is full.
    """
    prompt_rows = min(PROMPT_ROWS, rows)
    prompts = _prompts(model, prompt_rows, PROMPT_TOKENS)

    def read() -> None:
        prefill(model, prompts)

    with model.running():
        read()  # the first pass sets things up
        return Throughput(prompt_rows, _fastest(model, read), _step(model, 1), _step(model, rows))


def _step(model: Model, rows: int) -> float:
    """Seconds of one step behind short prompts."""
    prompts = _prompts(model, rows, PROMPT_TOKENS // 4)
    cache, logits = prefill(model, prompts)
    state = [prompts.mask, prompts.positions[:, -1], logits[:, -1].argmax(dim=-1)]

    def steps() -> None:
        for _ in range(STEPS):
            mask, last, chosen = state
            mask, last = torch.cat([mask, torch.ones_like(chosen[:, None])], dim=1), last + 1
            logits = decode_step(model, chosen, mask, last, cache)
            state[:] = mask, last, logits[:, -1].float().argmax(dim=-1)

    return _fastest(model, steps) / STEPS


def _fastest(model: Model, work: Callable[[], None]) -> float:
    found = []
    for _ in range(REPEATS):
        _wait(model)
        start = time.perf_counter()
        work()
        _wait(model)
        found.append(time.perf_counter() - start)
    return min(found)


def _wait(model: Model) -> None:
    """A GPU works on after the call has returned."""
    if model.device.type == "cuda":
        torch.cuda.synchronize(model.device)


def _prompts(model: Model, rows: int, tokens: int) -> Rectangle:
    """Ids from all over the vocabulary."""
    vocabulary = next(model.network.get_input_embeddings().parameters()).shape[0]
    spread = [(7919 * place + 1) % vocabulary for place in range(rows * tokens)]
    ids = [tuple(spread[row * tokens : (row + 1) * tokens]) for row in range(rows)]
    return pad_left(ids, model.pad_id, model.device)
