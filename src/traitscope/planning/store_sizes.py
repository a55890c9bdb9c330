"""Bytes that a store takes."""

from collections.abc import Sequence

from traitscope.config import InferSettings
from traitscope.config.batches import CANDIDATES, RANK, READ_ROWS
from traitscope.config.groups import borders

BYTES = {"bfloat16": 2, "float32": 4}
SHARD = 2600
"""Of a shard's files beside their numbers, about: their headers, their lines in the index."""
ANSWER = 60
"""Of an answer in a shard, about: its place and lengths, in files and index."""
PROMPT_SIDE = 3
"""Vectors a layer beside the groups: sum and squares of the prompt's words, its last token; with the squares
of the response one more."""


def token_bytes(layers: int, width: int, settings: InferSettings) -> int:
    """Of one token at so many layers."""
    if settings.store != "tokens":
        return 0
    return layers * width * len(settings.components) * BYTES[settings.store_dtype]


def summary_bytes(layers: int, width: int, response: int, vocabulary: int = 0) -> int:
    """Of one answer's sums, and of the likelihood of its words."""
    groups = len(borders(response)) - 1
    vectors = layers * (groups + PROMPT_SIDE + 1) * width
    scalars = layers * (groups + 2)
    return 4 * (vectors + scalars + response * (1 + 2 * CANDIDATES) + vocabulary)


def store_bytes(layers: int, width: int, response: int, settings: InferSettings) -> int:
    """Of one answer in a store: what `infer.shard_mb` is compared with."""
    tokens = (1 + response) * token_bytes(layers, width, settings)
    return tokens + summary_bytes(layers, width, response)


def shards(responses: Sequence[int], layers: int, width: int, settings: InferSettings) -> int:
    """How many shards answers of so many tokens take."""
    return len(divided(responses, layers, width, settings))


def divided(responses: Sequence[int], layers: int, width: int, settings: InferSettings) -> list[list[range]]:
    """Answers of so many tokens divided among shards, each in batches that are read together.

    A batch is never divided, and a shard holds batches until it has `infer.shard_mb` of what keeping all
    layers would take.
    """
    found: list[list[range]] = []
    size = 0
    for start in range(0, len(responses), READ_ROWS):
        batch = range(start, min(start + READ_ROWS, len(responses)))
        if not size:
            found.append([])
        found[-1].append(batch)
        size += sum(store_bytes(layers, width, responses[place], settings) for place in batch)
        if size >= settings.shard_mb * 1_000_000:
            size = 0
    return found


def covariance_bytes(layers: int, width: int) -> int:
    """Of a reader's covariance, once a store."""
    return 4 * layers * width * (1 + min(RANK, width))
