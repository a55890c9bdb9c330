"""Floating-point operations of a batch, a multiplication with its addition counted as two.

matrices   2 * tokens * layers * (numbers in a block's matrices)
attention  4 * layers * width of all heads * (tokens read * tokens looked at)
head       2 * (positions whose logits are computed) * vocabulary * width
"""

from traitscope.models.architecture import Architecture
from traitscope.planning.work import Batch, Decoding, Likelihood


def pass_operations(architecture: Architecture, rows: int, tokens: int, looked_at: int, logits: int) -> float:
    """Of one forward pass: `tokens` a row, each looking at `looked_at` tokens; logits at so many a row."""
    matrices = 2 * rows * tokens * architecture.layers * architecture.block_matrices
    attention = 4 * rows * tokens * looked_at * architecture.layers * architecture.queries
    head = 2 * rows * logits * architecture.embedding
    return float(matrices + attention + head)


def prompt_operations(architecture: Architecture, batch: Batch) -> float:
    """Of all passes of a batch that read many tokens at once: all but the steps of decoding."""
    if isinstance(batch, Decoding):
        return pass_operations(architecture, batch.rows, batch.longest, batch.longest, 1)
    if isinstance(batch, Likelihood):
        prompts = pass_operations(architecture, batch.prompts, batch.longest, batch.longest, 1)
        later = batch.new_tokens - 1
        looked_at = batch.longest + later
        return prompts + pass_operations(architecture, batch.rows, later, looked_at, later)
    return pass_operations(architecture, batch.rows, batch.longest, batch.longest, batch.scored)
