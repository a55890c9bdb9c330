"""Bytes that a store takes for an answer."""

from traitscope.config import InferSettings
from traitscope.engine import CANDIDATES
from traitscope.inference.covariance import RANK
from traitscope.inference.groups import borders

BYTES = {"bfloat16": 2, "float32": 4}
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


def covariance_bytes(layers: int, width: int) -> int:
    """Of a reader's covariance, once a store."""
    return 4 * layers * width * (1 + min(RANK, width))
