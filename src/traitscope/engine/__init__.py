"""Token ids in, token ids and residuals out.

Decodes batches in which every row is steered in its own way at its own layers, and may have an adapter of its
own; reads given words and captures the residual after every block; says how likely given answers are, under a
push or without, and how far a push moves the next token; steers a loaded model while a `with` lasts; checks
itself on each model.
"""

from traitscope.engine.allocator import keep_freed_memory
from traitscope.engine.chat import ChatModel, answer
from traitscope.engine.check import check_adapter, check_component, check_model, mixing_obstacle
from traitscope.engine.decoding import Answer, Positions, Row, decode
from traitscope.engine.divergence import divergences, prompt_divergences
from traitscope.engine.interventions import Ablate, Cap, Intervention, Push, Steered
from traitscope.engine.lens import logit_lens
from traitscope.engine.likelihood import log_probabilities
from traitscope.engine.live import steered
from traitscope.engine.loading import load, load_model
from traitscope.engine.padding import by_length
from traitscope.engine.reading import (
    Likelihood,
    Reading,
    Take,
    Words,
    read,
    read_residual,
    read_through,
)

__all__ = [
    "Ablate",
    "Answer",
    "Cap",
    "ChatModel",
    "Intervention",
    "Likelihood",
    "Positions",
    "Push",
    "Reading",
    "Row",
    "Steered",
    "Take",
    "Words",
    "answer",
    "by_length",
    "check_adapter",
    "check_component",
    "check_model",
    "decode",
    "divergences",
    "keep_freed_memory",
    "load",
    "load_model",
    "log_probabilities",
    "logit_lens",
    "mixing_obstacle",
    "prompt_divergences",
    "read",
    "read_residual",
    "read_through",
    "steered",
]
