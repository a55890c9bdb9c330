"""Does it fit, and what would: fewer rows, another number format, more GPUs."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from traitscope.config.choices import Quantization
from traitscope.models.architecture import Architecture
from traitscope.planning.memory import Footprint, block_bytes, largest, weight_bytes
from traitscope.planning.work import Batch, Decoding, Likelihood, Reading

USABLE = 0.92
"""Share of free memory that weights and batches may take: allocators round up and libraries take some."""
COMMON_GPU = 80 * 10**9
"""Bytes of the GPU that is counted where no other is named."""
MOST_GPUS = 64


class Spread(NamedTuple):
    """A model spread over GPUs."""

    gpus: int
    memory: int
    """Of each, bytes."""


def fits(needed: Footprint, memory: int) -> bool:
    """Whether it fits into so many free bytes."""
    return needed.total <= USABLE * memory


def spread(
    architecture: Architecture,
    dtype: str,
    needed: Footprint,
    memory: int,
    quantization: Quantization = "none",
) -> Spread | None:
    """The fewest GPUs of a size that hold a model by whole blocks; each holds its blocks' part of the cache,
    one the logits, all of them a batch's activations. None where no number does."""
    block = block_bytes(architecture, dtype, quantization)
    once = weight_bytes(architecture, dtype, quantization) - architecture.layers * block
    for count in range(1, MOST_GPUS + 1):
        blocks = math.ceil(architecture.layers / count)
        share = blocks * block + needed.cache * blocks / architecture.layers
        worst = share + once + needed.logits + needed.residuals + needed.activations
        if worst <= USABLE * memory:
            return Spread(count, memory)
        if blocks == 1:
            return None
    return None


def most_rows(
    architecture: Architecture,
    dtype: str,
    batches: Sequence[Batch],
    memory: int,
    quantization: Quantization = "none",
) -> int | None:
    """The largest power of two of rows decoded together that fits; None where not even one row does."""
    most = max((batch.rows for batch in batches if not isinstance(batch, Reading)), default=1)
    rows = 1 << (most.bit_length() - 1)
    while rows >= 1:
        some = [_at_most(batch, rows) for batch in batches]
        if fits(largest(architecture, dtype, some, quantization), memory):
            return rows
        rows //= 2
    return None


def mends(
    architecture: Architecture,
    dtype: str,
    batches: Sequence[Batch],
    memory: int,
    device: str,
    quantization: Quantization = "none",
) -> list[str]:
    """What would fit, the least costly first, each as words that follow 'set'."""
    found = []
    rows = most_rows(architecture, dtype, batches, memory, quantization)
    if rows is not None:
        found.append(f"run.batch_rows: {rows}")
    if dtype == "float32":
        half = most_rows(architecture, "bfloat16", batches, memory, quantization)
        if half is not None:
            enough = fits(largest(architecture, "bfloat16", batches, quantization), memory)
            found.append("dtype: bfloat16" + ("" if enough else f" with run.batch_rows: {half}"))
    size = memory if device == "cuda" else COMMON_GPU
    needed = largest(architecture, "bfloat16", batches, quantization)
    spread_over = spread(architecture, "bfloat16", needed, size, quantization)
    if spread_over is not None and (spread_over.gpus > 1 or device == "cpu"):
        noun = "GPU" if spread_over.gpus == 1 else "GPUs"
        mapped = "" if spread_over.gpus == 1 else "device_map: auto on "
        found.append(f"{mapped}{spread_over.gpus} {noun} of {size / 1e9:.0f} GB in bfloat16")
    return found


def _at_most(batch: Batch, rows: int) -> Batch:
    """The same batch with fewer rows; readings have a size of their own."""
    if isinstance(batch, Decoding):
        variants = 1 + batch.beside // batch.rows
        kept = min(max(1, rows // variants), batch.rows)
        return batch._replace(rows=kept, beside=kept * (variants - 1))
    if isinstance(batch, Likelihood):
        return batch._replace(rows=min(rows, batch.rows), prompts=min(rows, batch.prompts))
    return batch
