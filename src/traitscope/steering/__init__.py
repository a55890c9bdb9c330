"""Directions and scores in, the best layer and coefficient out, with what proves it.

A policy turns past evaluations into the next points, and after it the refinement; selection picks the winner;
arms say what it is worth on questions it was not chosen on.
"""

from traitscope.steering.accuracy import Accuracy, accuracy, chosen
from traitscope.steering.arms import (
    OTHER,
    PROMPT,
    RANDOM,
    SHUFFLED,
    TOO_STRONG,
    UNSTEERED,
    WINNER,
    Arm,
    arms_of,
    is_control,
    paired,
)
from traitscope.steering.competing import competing_sources, competing_step
from traitscope.steering.counting import count_arms, search_size
from traitscope.steering.evaluation import Cost, Evaluation, Point, Site, Source, Step, Terrain, evaluate
from traitscope.steering.matching import Match, match, next_strength
from traitscope.steering.policies import StepSize, next_step, planned_steps
from traitscope.steering.refining import (
    Norms,
    planned_refinement,
    promised_gain,
    refine_step,
    refined_sites,
    refined_steps,
)
from traitscope.steering.room import no_room
from traitscope.steering.samples import samples
from traitscope.steering.selection import (
    best_by_layer,
    best_by_site,
    best_by_source,
    best_overall,
    nothing_coherent,
    weakest_incoherent,
)
from traitscope.steering.specificity import Cell, Specificity, cell, specificity, unjudged
from traitscope.steering.verdict import Result, Verdict, judge_winner

__all__ = [
    "OTHER",
    "PROMPT",
    "RANDOM",
    "SHUFFLED",
    "TOO_STRONG",
    "UNSTEERED",
    "WINNER",
    "Accuracy",
    "Arm",
    "Cell",
    "Cost",
    "Evaluation",
    "Match",
    "Norms",
    "Point",
    "Result",
    "Site",
    "Source",
    "Specificity",
    "Step",
    "StepSize",
    "Terrain",
    "Verdict",
    "accuracy",
    "arms_of",
    "best_by_layer",
    "best_by_site",
    "best_by_source",
    "best_overall",
    "cell",
    "chosen",
    "competing_sources",
    "competing_step",
    "count_arms",
    "evaluate",
    "is_control",
    "judge_winner",
    "match",
    "next_step",
    "next_strength",
    "no_room",
    "nothing_coherent",
    "paired",
    "planned_refinement",
    "planned_steps",
    "promised_gain",
    "refine_step",
    "refined_sites",
    "refined_steps",
    "samples",
    "search_size",
    "specificity",
    "unjudged",
    "weakest_incoherent",
]
