"""Answers in, scores of 0 to 100 out.

A score is None where a judge could not tell; means refuse too many of those. Nothing here knows of layers,
coefficients or files.
"""

from traitscope.judging.averages import Score, mean_score
from traitscope.judging.coherence import coherence
from traitscope.judging.lexicon import lexicon_score
from traitscope.judging.repetition import novelty

__all__ = ["Score", "coherence", "lexicon_score", "mean_score", "novelty"]
