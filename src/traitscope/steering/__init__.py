"""Directions and scores in, the best layer and coefficient out, with what proves it.

A policy turns past evaluations into the next points; selection picks the winner; arms say what it is worth on
questions it was not chosen on.
"""

from traitscope.steering.arms import RANDOM_ARMS, Arm, Result, Verdict, arm, judge_winner, random_directions
from traitscope.steering.counting import count_arms
from traitscope.steering.evaluation import Cost, Evaluation, Point, Step, Terrain, evaluate
from traitscope.steering.policies import StepSize, most_answers, next_step, planned_steps
from traitscope.steering.selection import (
    best_by_layer,
    best_overall,
    nothing_coherent,
    weakest_incoherent,
)

__all__ = [
    "RANDOM_ARMS",
    "Arm",
    "Cost",
    "Evaluation",
    "Point",
    "Result",
    "Step",
    "StepSize",
    "Terrain",
    "Verdict",
    "arm",
    "best_by_layer",
    "best_overall",
    "count_arms",
    "evaluate",
    "judge_winner",
    "most_answers",
    "next_step",
    "nothing_coherent",
    "planned_steps",
    "random_directions",
    "weakest_incoherent",
]
