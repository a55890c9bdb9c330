"""Bytes of a device's memory: what is there all the time, and the largest that any batch adds.

weights      parameters * bytes; quantized, of the blocks' matrices 1 byte each (int8) or 9/16 (nf4)
cache        2 * layers * key heads * head size * (rows * (prompt + new tokens)) * bytes
logits       rows * positions * vocabulary * bytes, and what is made float32 of them
residuals    rows * kept tokens * width * (bytes + 4): one layer's, on their way to this machine's memory
activations  rows * tokens * (3 * MLP width + 4 * width) * bytes: the widest moment inside a block
"""

from collections.abc import Iterable
from typing import NamedTuple

from traitscope.config.choices import Quantization
from traitscope.models.architecture import Architecture
from traitscope.planning.store_sizes import BYTES
from traitscope.planning.work import Batch, Decoding, Likelihood

QUANTIZED_BYTES = {"int8": 1.0, "nf4": 0.5 + 4 / 64}
"""Of one number in a block's matrices; 64 of nf4's share a scale in float32."""


class Footprint(NamedTuple):
    """Bytes, by what they hold."""

    weights: int = 0
    cache: int = 0
    logits: int = 0
    residuals: int = 0
    activations: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self)


def weight_bytes(architecture: Architecture, dtype: str, quantization: Quantization = "none") -> int:
    """Of a model's weights; a LoRA adds too little to count.

    Embedding, head and norms are never quantized; a vision tower is counted as if it were not.
    """
    blocks = architecture.layers * block_bytes(architecture, dtype, quantization)
    return blocks + (architecture.parameters - architecture.layers * architecture.block) * BYTES[dtype]


def block_bytes(architecture: Architecture, dtype: str, quantization: Quantization = "none") -> int:
    """Of one block's weights."""
    if quantization == "none":
        return architecture.block * BYTES[dtype]
    matrices = architecture.block_matrices
    return round(matrices * QUANTIZED_BYTES[quantization]) + (architecture.block - matrices) * BYTES[dtype]


def footprint(
    architecture: Architecture, dtype: str, batch: Batch, quantization: Quantization = "none"
) -> Footprint:
    """The model with one batch at its worst moment."""
    size, weights = BYTES[dtype], weight_bytes(architecture, dtype, quantization)
    wide = (3 * architecture.mlp + 4 * architecture.width) * size
    if isinstance(batch, Decoding):
        rows = batch.rows + batch.beside
        cache = architecture.kv_numbers * size * rows * (batch.longest + batch.new_tokens)
        logits = rows * architecture.vocabulary * (size + 4)
        return Footprint(weights, cache, logits, 0, rows * batch.longest * wide)
    if isinstance(batch, Likelihood):
        cache = architecture.kv_numbers * size * batch.rows * (batch.longest + batch.new_tokens)
        positions = batch.rows * batch.new_tokens
        # One row at a time becomes float32.
        logits = (positions * size + 2 * batch.new_tokens * 4) * architecture.vocabulary
        widest = max(positions, batch.prompts * batch.longest)
        return Footprint(weights, cache, logits, 0, widest * wide)
    logits = (batch.rows * batch.scored * size + 2 * batch.scored * 4) * architecture.vocabulary
    residuals = batch.rows * batch.kept * architecture.width * (size + 4)
    return Footprint(weights, 0, logits, residuals, batch.rows * batch.longest * wide)


def largest(
    architecture: Architecture, dtype: str, batches: Iterable[Batch], quantization: Quantization = "none"
) -> Footprint:
    """The worst of several batches; the weights alone where there are none."""
    found = [footprint(architecture, dtype, batch, quantization) for batch in batches]
    alone = Footprint(weight_bytes(architecture, dtype, quantization))
    return max(found, key=lambda one: one.total, default=alone)
