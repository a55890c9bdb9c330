"""Answers read by a tiny model, and what transformers itself says of them."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from answers_alone import Alone

from traitscope.engine import Words
from traitscope.inference import Answer, Captured, Keep, Sketch, capture
from traitscope.models import Model, Renderer

PROMPTS = ("Why does it rain?", "The cat", "Write a short note to a friend about the garden.", "Tea?", "So")
LENGTHS = (19, 3, 8, 33, 1)
"""Response tokens: some beyond the ninth, one to a group's end, one alone."""


@pytest.fixture(scope="session")
def answers(tiny_llama: Model) -> list[Answer]:
    """Answers of unequal lengths to chat prompts, their places out of step with their order."""
    renderer = Renderer(tiny_llama.tokenizer, True, "default", "variants.chat")
    rng = np.random.default_rng(0)
    found = []
    for number, (text, length) in enumerate(zip(PROMPTS, LENGTHS, strict=True)):
        prompt = renderer.ids(text)
        response = tuple(int(token) for token in rng.integers(10, 390, size=length))
        found.append(Answer(3 * number + 1, Words(prompt, response), renderer.content(prompt)))
    return found


@pytest.fixture(scope="session")
def alone(tiny_llama: Model, answers: list[Answer]) -> list[Alone]:
    """Each of them, read alone; the last block's output is taken before the final norm."""
    found = []
    last: list[torch.Tensor] = []
    hook = tiny_llama.blocks[-1].register_forward_hook(
        lambda _block, _inputs, output: last.append(output[0] if isinstance(output, tuple) else output)
    )
    for answer in answers:
        ids = torch.tensor([[*answer.words.prompt, *answer.words.response]])
        with torch.inference_mode():
            output = tiny_llama.network(input_ids=ids, output_hidden_states=True, use_cache=False)
        # hidden_states[0] is the embedding, and the last of them is after the final norm.
        residual = torch.stack(
            [*(one[0] for one in output.hidden_states[1:-1]), last.pop().view(*ids.shape, -1)[0]]
        )
        found.append(Alone(residual.numpy(), output.logits[0].float().numpy()))
    hook.remove()
    return found


@pytest.fixture(scope="session")
def read_by(tiny_llama: Model, answers: list[Answer]) -> Callable[..., Captured]:
    """`read_by(keep)`: the answers read in two batches, as one shard."""

    def read(keep: Keep, sketch: Sketch | None = None, some: Sequence[Answer] = ()) -> Captured:
        chosen = list(some or answers)
        batches = [batch for batch in (chosen[:2], chosen[2:]) if batch]
        return capture(tiny_llama, batches, keep, sketch or Sketch(), logits_from=8)

    return read
