"""Bytes that a run writes; stored residuals exactly, lines of answers by what a token takes on average."""

from traitscope.config import InferSettings, resolve_layers
from traitscope.inference.sizes import covariance_bytes, summary_bytes, token_bytes
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


def answers_bytes(rows: int, prompt_tokens: int, new_tokens: int) -> int:
    """Of a journal of answers, about; `new_tokens` of each."""
    return rows * (LINE + (ID + LETTERS) * new_tokens) + ID * prompt_tokens


def reading_bytes(
    architecture: Architecture, answers: int, new_tokens: int, settings: InferSettings, own: bool
) -> int:
    """Of one reading's store: its tokens at the layers that are kept, the sums of each answer, and, of a
    reader's own words, their covariance."""
    kept = len(resolve_layers(settings.layers, architecture.layers, "infer.layers"))
    sides = 1 + new_tokens
    tokens = sides * token_bytes(kept, architecture.width, settings)
    sums = summary_bytes(architecture.layers, architecture.width, new_tokens, architecture.vocabulary)
    covariance = covariance_bytes(architecture.layers, architecture.width) if own else 0
    return answers * (tokens + sums) + covariance


def direction_bytes(architecture: Architecture, scenes: int, methods: int) -> int:
    """Of a trait's averaged residuals and of the directions by each method, all float32."""
    return 4 * architecture.layers * (architecture.width * (scenes + 2 * methods) + 2)
