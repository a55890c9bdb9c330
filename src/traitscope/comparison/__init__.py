"""What changed between two variants, and how sure that is.

In come arrays: judge scores of both variants' answers, sums of residuals on the same words, mean next-token
logits, traits' directions and scenes. Out go three lines of evidence per trait (behaviour, inside, output),
the plain projection's shift, and a verdict with its reason. Pure arithmetic: no model, no files.
"""

from traitscope.comparison.behaviour import Behaviour, behaviour, unjudged
from traitscope.comparison.cause import Share, scored_on_all, share
from traitscope.comparison.cautions import opening_only, something_else
from traitscope.comparison.cells import WINDOWS, Cells, Effects, Read, Window, cell_effects
from traitscope.comparison.controls import FEWEST_CONTROLS, Against, against_controls, others
from traitscope.comparison.dose import mean_divergence, relative_shift
from traitscope.comparison.effects import Effect, effect_row, rank
from traitscope.comparison.inside import (
    DECIDING,
    Layer,
    deciding_layers,
    every_score,
    layer_scores,
    middle_layer,
    null_count,
)
from traitscope.comparison.metric import STATISTICS, Metric, Statistic, metrics, scores
from traitscope.comparison.null import (
    DRAWN,
    NULLS,
    NullName,
    Standing,
    Structure,
    effective_rank,
    foreign_weights,
    standing,
)
from traitscope.comparison.null_directions import (
    Foreign,
    NullDirections,
    drawn_null,
    foreign_null,
    null_scores,
)
from traitscope.comparison.output import (
    WordTokens,
    beyond_output,
    likelier,
    output_shift,
    scene_outputs,
    word_tokens,
)
from traitscope.comparison.resampling import Scenes, blocks, score_interval
from traitscope.comparison.shift import projection_shift
from traitscope.comparison.stream import FIRST_TOKEN
from traitscope.comparison.verdict import (
    FEWEST_PROMPTS,
    Inside,
    Verdict,
    VerdictName,
    holm_by_trait,
    verdict,
    verdicts,
)

__all__ = [
    "DECIDING",
    "DRAWN",
    "FEWEST_CONTROLS",
    "FEWEST_PROMPTS",
    "FIRST_TOKEN",
    "NULLS",
    "STATISTICS",
    "WINDOWS",
    "Against",
    "Behaviour",
    "Cells",
    "Effect",
    "Effects",
    "Foreign",
    "Inside",
    "Layer",
    "Metric",
    "NullDirections",
    "NullName",
    "Read",
    "Scenes",
    "Share",
    "Standing",
    "Statistic",
    "Structure",
    "Verdict",
    "VerdictName",
    "Window",
    "WordTokens",
    "against_controls",
    "behaviour",
    "beyond_output",
    "blocks",
    "cell_effects",
    "deciding_layers",
    "drawn_null",
    "effect_row",
    "effective_rank",
    "every_score",
    "foreign_null",
    "foreign_weights",
    "holm_by_trait",
    "layer_scores",
    "likelier",
    "mean_divergence",
    "metrics",
    "middle_layer",
    "null_count",
    "null_scores",
    "opening_only",
    "others",
    "output_shift",
    "projection_shift",
    "rank",
    "relative_shift",
    "scene_outputs",
    "score_interval",
    "scored_on_all",
    "scores",
    "share",
    "something_else",
    "standing",
    "unjudged",
    "verdict",
    "verdicts",
    "word_tokens",
]
