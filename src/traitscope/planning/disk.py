"""Bytes that a run writes; stored residuals exactly, lines of answers by what a token takes on average."""

from typing import NamedTuple

from traitscope.comparison import FIRST_TOKEN
from traitscope.config import InferSettings
from traitscope.config.batches import READ_ROWS
from traitscope.models.architecture import Architecture
from traitscope.planning.store_sizes import (
    ANSWER,
    SHARD,
    covariance_bytes,
    shards,
    store_bytes,
    summary_bytes,
    token_bytes,
)

LINE = 220
"""Of one answer beside its tokens: keys, names, scores."""
ID = 7
"""Of a token's id in JSON."""
LETTERS = 5
"""Of a generated token's text."""
PROJECTED = 38
"""Of one token projected on one trait, in the table of projections and once more in a smoothed trajectory."""
SCORE = 260
"""Of one answer's scores."""


def answers_bytes(rows: int, prompt_tokens: int, new_tokens: int) -> int:
    """Of a journal of answers, about; `new_tokens` of each."""
    return rows * (LINE + (ID + LETTERS) * new_tokens) + ID * prompt_tokens


class Stored(NamedTuple):
    """What a reading keeps, at most.

    Attributes:
        answers: how many.
        new_tokens: of each.
        kept: tokens of all answers and prompts that are stored or projected.
        layers: whose tokens are stored.
        lines: directions that tokens are projected on.
    """

    answers: int
    new_tokens: int
    kept: int
    layers: int
    lines: int


def reading_bytes(architecture: Architecture, stored: Stored, settings: InferSettings, own: bool) -> int:
    """Of one reading's store: its tokens at the layers that are kept, or their projections; the sums of each
    answer; and, of a reader's own words, their covariance."""
    layers, width = architecture.layers, architecture.width
    tokens = stored.kept * token_bytes(stored.layers, width, settings)
    if settings.store == "none":
        # A raw projection, and the token's length, which lines at one layer share.
        tokens = stored.kept * 4 * 2 * stored.lines
    files = SHARD * shards([stored.new_tokens] * stored.answers, layers, width, settings)
    covariance = covariance_bytes(layers, width) if own else 0
    return tokens + sums_bytes(architecture, stored.answers, stored.new_tokens) + files + covariance


def sums_bytes(architecture: Architecture, answers: int, new_tokens: int) -> int:
    """Of the sums of answers, and of the likelihood of their words."""
    vocabulary = architecture.vocabulary if new_tokens > FIRST_TOKEN else 0
    one = summary_bytes(architecture.layers, architecture.width, new_tokens, vocabulary)
    return answers * (one + ANSWER)


def projected_bytes(stored: Stored, traits: int, settings: InferSettings) -> int:
    """Of a reading's projections and dynamics: a line a token, or two an answer where only sums are kept."""
    return PROJECTED * traits * (2 * stored.answers if settings.store == "mean" else stored.kept)


def held_bytes(architecture: Architecture, stored: Stored, settings: InferSettings) -> int:
    """Of this machine's memory while a reading is captured: a shard in batches, the same joined, and the one
    before it, which is being written."""
    one = store_bytes(architecture.layers, architecture.width, stored.new_tokens, settings)
    shard = min(stored.answers * one, settings.shard_mb * 1_000_000 + READ_ROWS * one)
    return 3 * shard


def bank_bytes(architecture: Architecture, scenes: int) -> int:
    """Of the bank's averaged residuals, float32, with the number and the topic of each scene."""
    return scenes * (4 * architecture.layers * architecture.width + 16)


def direction_bytes(architecture: Architecture, scenes: int, methods: int) -> int:
    """Of a trait's averaged residuals and of the directions by each method, all float32."""
    return 4 * architecture.layers * (architecture.width * (scenes + 2 * methods) + 2)
