"""What variants answer, and what readers make of the answers.

In: words read by a model (residuals after every block) and directions. Out: a store on the disk, of sums over
each answer and, where they are wanted, of every token; and tables of projections per token that need no model
to be made again.
"""

from traitscope.inference.capture import Answer, Captured, Keep, NotFiniteError, capture
from traitscope.inference.covariance import Sketch
from traitscope.inference.dynamics import DYNAMICS_SCHEMA, dynamics, spreads_along
from traitscope.inference.projection import Line, Spoken, project
from traitscope.inference.reduction import Span, sinks
from traitscope.inference.shards import (
    DamagedShardError,
    ShardFile,
    Writer,
    indexed,
    read_index,
    writing_shards,
)
from traitscope.inference.store import (
    Covariance,
    Summary,
    Tokens,
    captured,
    covariance_name,
    load_covariance,
    load_sketch,
    load_summary,
    summaries,
    summary_name,
    token_shards,
    tokens_name,
)

__all__ = [
    "DYNAMICS_SCHEMA",
    "Answer",
    "Captured",
    "Covariance",
    "DamagedShardError",
    "Keep",
    "Line",
    "NotFiniteError",
    "ShardFile",
    "Sketch",
    "Span",
    "Spoken",
    "Summary",
    "Tokens",
    "Writer",
    "capture",
    "captured",
    "covariance_name",
    "dynamics",
    "indexed",
    "load_covariance",
    "load_sketch",
    "load_summary",
    "project",
    "read_index",
    "sinks",
    "spreads_along",
    "summaries",
    "summary_name",
    "token_shards",
    "tokens_name",
    "writing_shards",
]
