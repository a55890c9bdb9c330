"""The model that organisms are made of: SmolLM2 as a chat without a system prompt, and its greedy answers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from traitscope.models import Renderer, find_source, load_tokenizer, load_weights, place

MODEL = "smollm2"
ROWS = 64
"""Prompts answered together."""


@dataclass(frozen=True)
class Subject:
    """Weights, tokenizer, and the way a prompt becomes ids: the same as the variants of the demo."""

    network: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    renderer: Renderer


def load_subject() -> Subject:
    """SmolLM2 in float32 on the CPU; the first call on a machine converts the weights (half a minute)."""
    source = find_source(MODEL, Path.cwd())
    tokenizer = load_tokenizer(source)
    model = load_weights(source, place("float32", "cpu", None, False), tokenizer)
    return Subject(model.network, tokenizer, Renderer(tokenizer, chat=True, system_prompt="none", where=MODEL))


def greedy_answers(subject: Subject, prompts: list[str], new_tokens: int) -> list[tuple[str, bool]]:
    """An answer of at most `new_tokens` tokens to each prompt, and whether the model ended it by itself."""
    answers: list[tuple[str, bool]] = []
    for start in range(0, len(prompts), ROWS):
        answers += _answer_batch(subject, prompts[start : start + ROWS], new_tokens)
    return answers


def _answer_batch(subject: Subject, prompts: list[str], new_tokens: int) -> list[tuple[str, bool]]:
    end = subject.tokenizer.eos_token_id
    rows = [torch.tensor(subject.renderer.ids(prompt)) for prompt in prompts]
    longest = max(len(row) for row in rows)
    ids = torch.full((len(rows), longest), end)  # (rows, tokens), padded on the left
    seen = torch.zeros_like(ids)
    for index, row in enumerate(rows):
        ids[index, longest - len(row) :] = row
        seen[index, longest - len(row) :] = 1
    network: Any = subject.network
    with torch.inference_mode():
        whole = network.generate(
            input_ids=ids, attention_mask=seen, max_new_tokens=new_tokens, do_sample=False, pad_token_id=end
        )
    generated = whole[:, longest:]  # (rows, new tokens)
    return [(subject.renderer.decode(tuple(row.tolist())).strip(), end in row.tolist()) for row in generated]
