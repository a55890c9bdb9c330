"""What variants answer, and what readers make of the answers.

In: readings of answers (residuals after every block) and directions. Out: a store of residuals on the disk,
and tables of projections per token that need no model to be made again.
"""

from traitscope.inference.projection import Line, Spoken, mean_norms, project
from traitscope.inference.store import (
    StoredReading,
    read_store,
    response_tokens,
    sinks,
    write_shard,
)

__all__ = [
    "Line",
    "Spoken",
    "StoredReading",
    "mean_norms",
    "project",
    "read_store",
    "response_tokens",
    "sinks",
    "write_shard",
]
