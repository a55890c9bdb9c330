"""Completed scenes in, flags and passes out: what a person looks at and a judge scores before extracting.

Flags come from the words alone and are heuristics; passes come from a judge that sees the completion and not
the scene. Nothing here loads a model, calls a judge or knows of files.
"""

from traitscope.vetting.completion import Completion, Cut, Pole, cut
from traitscope.vetting.look import Looked, LookedSet, Standard, look, look_at
from traitscope.vetting.passes import (
    LEAST_SEPARATION,
    Vetted,
    Vetting,
    passing_pairs,
    vetting,
    worst,
)
from traitscope.vetting.questions import (
    HIGHEST_MEAN,
    WIDEST_SPREAD,
    QuestionCheck,
    QuestionScore,
    check_questions,
)
from traitscope.vetting.reversals import Flag, FlagName, Outcome, flags, outcome
from traitscope.vetting.shares import Difference, Share, difference, share, shares

__all__ = [
    "HIGHEST_MEAN",
    "LEAST_SEPARATION",
    "WIDEST_SPREAD",
    "Completion",
    "Cut",
    "Difference",
    "Flag",
    "FlagName",
    "Looked",
    "LookedSet",
    "Outcome",
    "Pole",
    "QuestionCheck",
    "QuestionScore",
    "Share",
    "Standard",
    "Vetted",
    "Vetting",
    "check_questions",
    "cut",
    "difference",
    "flags",
    "look",
    "look_at",
    "outcome",
    "passing_pairs",
    "share",
    "shares",
    "vetting",
    "worst",
]
