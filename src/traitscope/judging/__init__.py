"""Answers in, scores of 0 to 100 out.

A score is None where a judge could not tell; means refuse too many of those. Nothing here knows of layers,
coefficients or files.
"""

from traitscope.judging.averages import Score, mean_score
from traitscope.judging.cache import JudgeCache
from traitscope.judging.classifier import VERSION as CLASSIFIER_VERSION
from traitscope.judging.classifier import Classifier, ClassifierJudge, train_classifier, train_on_completions
from traitscope.judging.coherence import coherence
from traitscope.judging.judgement import Arrived, Asked, Judge, Judgement, Rubric, unheeded
from traitscope.judging.lexicon import LexiconJudge, lexicon_score
from traitscope.judging.prompts import TEMPLATE
from traitscope.judging.repetition import novelty

__all__ = [
    "CLASSIFIER_VERSION",
    "TEMPLATE",
    "Arrived",
    "Asked",
    "Classifier",
    "ClassifierJudge",
    "Judge",
    "JudgeCache",
    "Judgement",
    "LexiconJudge",
    "Rubric",
    "Score",
    "coherence",
    "lexicon_score",
    "mean_score",
    "novelty",
    "train_classifier",
    "train_on_completions",
    "unheeded",
]
