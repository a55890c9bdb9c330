"""What answers are held against: plain hooks through transformers' own `generate`, one row at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor

from traitscope.engine import Push
from traitscope.models import Ids, Model

PROMPTS = (
    "The cat sat on",
    "She opened the letter slowly and read it twice, because nothing in it was new, and then",
    "Write",
    "Nothing in the house had changed since the summer, except",
    "The long way home",
)
NEAR_TIE = 1e-3
"""Logits closer than this are a tie: float32 sums in another order move them by about 1e-5."""


@pytest.fixture(params=["tiny_llama", "tiny_neox", "smollm2"])
def model(request: pytest.FixtureRequest) -> Model:
    """Each of the three models in turn."""
    found: Model = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["tiny_llama", "tiny_neox"])
def tiny_model(request: pytest.FixtureRequest) -> Model:
    """Each of the tiny models in turn."""
    found: Model = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def prompts(request: pytest.FixtureRequest) -> list[Ids]:
    """Prompts of very different lengths, as ids of the test's model."""
    name = next(name for name in ("model", "tiny_model", "tiny_llama") if name in request.fixturenames)
    tokenizer = request.getfixturevalue(name).tokenizer
    return [tuple(tokenizer(text)["input_ids"]) for text in PROMPTS]


@pytest.fixture
def push_at() -> Callable[..., Push]:
    """`push_at(model, layer, strength, seed)`: a random direction, `strength` times the residual's length."""

    def push(model: Model, layer: int, strength: float, seed: int = 0) -> Push:
        direction = torch.randn(model.width, generator=torch.Generator().manual_seed(seed))
        ids = torch.arange(20, 30)[None]
        with torch.inference_mode():
            states = model.network(input_ids=ids, output_hidden_states=True).hidden_states
        norm = states[min(layer + 1, model.layers - 1)][0, 1:].norm(dim=-1).mean()
        return Push(layer, strength * norm * direction / direction.norm())

    return push


@dataclass
class PlainHook:
    """Steering as anyone would write it: a forward hook on the block, one prompt, no padding."""

    model: Model

    def generate(self, prompt: Ids, push: Push | None, new_tokens: int, positions: str = "all") -> Ids:
        """Greedy tokens of `generate`, cut before the end token."""
        hook = self._hook(push, positions)
        try:
            output = self.model.network.generate(
                input_ids=torch.tensor([prompt]),
                attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
                max_new_tokens=new_tokens,
                do_sample=False,
                pad_token_id=self.model.pad_id,
                eos_token_id=sorted(self.model.end_ids),
            )
        finally:
            hook.remove()
        tokens = output[0, len(prompt) :].tolist()
        ends = [place for place, token in enumerate(tokens) if token in self.model.end_ids]
        return tuple(tokens[: ends[0]] if ends else tokens)

    def next_logits(self, prompt: Ids, answer: Ids, push: Push | None, positions: str = "all") -> Tensor:
        """Logits of the token after `prompt` and `answer`, in one pass."""
        hook = self._hook(push, positions, prompt_length=len(prompt))
        try:
            with torch.inference_mode():
                logits: Tensor = self.model.network(input_ids=torch.tensor([(*prompt, *answer)])).logits
        finally:
            hook.remove()
        return logits[0, -1]

    def _hook(self, push: Push | None, positions: str, prompt_length: int | None = None) -> Any:
        layer = push.layer if push else 0
        vector = push.vector if push else torch.zeros(self.model.width)

        def add(_module: Any, _inputs: Any, output: Any) -> Any:
            residual = output[0] if isinstance(output, tuple) else output
            steered = residual.clone()
            # `response` begins at the last prompt token; later passes of `generate` hold one token each.
            first = 0 if positions == "all" else (prompt_length or residual.shape[1]) - 1
            steered[:, first:] += vector
            return (steered, *output[1:]) if isinstance(output, tuple) else steered

        return self.model.blocks[layer].register_forward_hook(add)


@pytest.fixture
def plain_hook() -> type[PlainHook]:
    return PlainHook


@pytest.fixture
def assert_same_tokens() -> Callable[..., None]:
    """Two greedy answers agree, or part at a token where the two choices are nearly tied."""

    def check(
        model: Model, prompt: Ids, found: Ids, expected: Ids, push: Push | None, positions: str = "all"
    ) -> None:
        if found == expected:
            return
        end = min(model.end_ids)
        padded = [(*answer, end) for answer in (found, expected)]
        place = next(i for i, (ours, theirs) in enumerate(zip(*padded, strict=False)) if ours != theirs)
        logits = PlainHook(model).next_logits(prompt, expected[:place], push, positions)
        ours, theirs = (float(logits[answer[place]]) for answer in padded)
        assert abs(ours - theirs) < NEAR_TIE, f"token {place} of {found} and {expected}: {ours} and {theirs}"
        assert max(ours, theirs) > float(logits.max()) - NEAR_TIE

    return check
