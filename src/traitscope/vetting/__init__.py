"""Completed scenes in, flags and passes out: what a person looks at and a judge scores before extracting.

Flags come from the words alone and are heuristics; passes come from a judge that sees the completion and not
the scene. Nothing here loads a model, calls a judge or knows of files.
"""

from traitscope.vetting.completion import Completion, Pole
from traitscope.vetting.passes import (
    LEAST_SEPARATION,
    Vetted,
    Vetting,
    passing_pairs,
    vetting,
    worst,
)
from traitscope.vetting.questions import QuestionCheck, QuestionScore, check_questions
from traitscope.vetting.reversals import Flag, FlagName, Outcome, flags, outcome
from traitscope.vetting.shares import Difference, Share, difference, share, shares

__all__ = [
    "LEAST_SEPARATION",
    "Completion",
    "Difference",
    "Flag",
    "FlagName",
    "Outcome",
    "Pole",
    "QuestionCheck",
    "QuestionScore",
    "Share",
    "Vetted",
    "Vetting",
    "check_questions",
    "difference",
    "flags",
    "outcome",
    "passing_pairs",
    "share",
    "shares",
    "vetting",
    "worst",
]
