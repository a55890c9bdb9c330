"""Bytes that a run writes; stored residuals exactly, lines of answers by what a token takes on average."""

from traitscope.config.choices import StoreDtype
from traitscope.models.architecture import Architecture

LINE = 220
"""Of one answer beside its tokens: keys, names, scores."""
ID = 7
"""Of a token's id in JSON."""
LETTERS = 5
"""Of a generated token's text."""
PROJECTED = 30
"""Of one token projected on one trait, in a table."""
SCORE = 260
"""Of one answer's scores."""
BYTES = {"float32": 4, "bfloat16": 2}


def answers_bytes(rows: int, prompt_tokens: int, new_tokens: int) -> int:
    """Of a journal of answers, about; `new_tokens` of each."""
    return rows * (LINE + (ID + LETTERS) * new_tokens) + ID * prompt_tokens


def residual_bytes(architecture: Architecture, answers: int, new_tokens: int, dtype: StoreDtype) -> int:
    """Of one reading's store: the residuals of each answer's tokens and of the token before them, at every
    layer; the likelihood of each token; the mean of the next-token logits."""
    residuals = (1 + new_tokens) * architecture.layers * architecture.width * BYTES[dtype]
    return answers * (residuals + 4 * new_tokens + 4 * architecture.vocabulary)


def direction_bytes(architecture: Architecture, scenes: int, methods: int) -> int:
    """Of a trait's averaged residuals and of the directions by each method, all float32."""
    return 4 * architecture.layers * (architecture.width * (scenes + 2 * methods) + 2)
