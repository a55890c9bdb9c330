"""What changed between two variants, and how sure that is.

In come arrays: judge scores of both variants' answers, residuals or projections on the same words, mean
next-token logits, trait directions. Out go three lines of evidence per trait (behaviour, inside, output),
the plain projection's shift, and a verdict with its reason. Pure arithmetic: no model, no files.
"""

from traitscope.comparison.behaviour import Behaviour, behaviour, unjudged
from traitscope.comparison.effects import Effect, effect_row, rank
from traitscope.comparison.inside import (
    Inside,
    LayerShift,
    controls_above,
    deciding_layers,
    inside,
    null_count,
    pooled_scores,
)
from traitscope.comparison.output import WordTokens, output_shift, word_tokens
from traitscope.comparison.shift import projection_shift
from traitscope.comparison.stream import FIRST_TOKEN, dose, mean_shift, spread
from traitscope.comparison.verdict import (
    FEWEST_PROMPTS,
    Verdict,
    VerdictName,
    holm_by_trait,
    verdict,
    verdicts,
)

__all__ = [
    "FEWEST_PROMPTS",
    "FIRST_TOKEN",
    "Behaviour",
    "Effect",
    "Inside",
    "LayerShift",
    "Verdict",
    "VerdictName",
    "WordTokens",
    "behaviour",
    "controls_above",
    "deciding_layers",
    "dose",
    "effect_row",
    "holm_by_trait",
    "inside",
    "mean_shift",
    "null_count",
    "output_shift",
    "pooled_scores",
    "projection_shift",
    "rank",
    "spread",
    "unjudged",
    "verdict",
    "verdicts",
    "word_tokens",
]
