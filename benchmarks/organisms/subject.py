"""The model that organisms are made of, SmolLM2 as a chat without a system prompt, and its greedy answers."""

from dataclasses import dataclass

from traitscope.engine import Answer, Row, decode, load_model
from traitscope.models import Model, Renderer

MODEL = "smollm2"
ROWS = 32
"""Prompts answered together."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A model and the way a prompt becomes ids: those of the demo's variants."""

    model: Model
    renderer: Renderer


def load_subject() -> Subject:
    """SmolLM2 in float32 on the CPU; the first call on a machine converts the weights (half a minute)."""
    model = load_model(MODEL, dtype="float32", device="cpu")
    return Subject(model, Renderer(model.tokenizer, chat=True, system_prompt="none", where=MODEL))


def greedy_answers(subject: Subject, prompts: list[str], new_tokens: int) -> list[Answer]:
    """An answer of at most `new_tokens` tokens to each prompt."""
    rows = [Row(subject.renderer.ids(prompt)) for prompt in prompts]
    answers: list[Answer] = []
    for start in range(0, len(rows), ROWS):
        answers += decode(subject.model, rows[start : start + ROWS], new_tokens)
    return answers
