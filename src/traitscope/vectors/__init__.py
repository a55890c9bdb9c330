"""From the residuals of two poles to one direction per layer, and how well it tells unseen scenes apart.

In come the residuals of a trait's positive and negative scenes, averaged over a position, (scenes, layers,
width); out go `Directions` (per layer a unit direction to read with and one to write with) and per layer a
`Detection` (AUC, accuracy and d on held-out scenes beside the same with shuffled labels and with a random
direction). No files, no model: arrays in, values out; but a `Direction`, what steering adds, can be kept in a
file and steers a model that is handed to it.
"""

from traitscope.vectors.combination import Direction, ModelTag, Part
from traitscope.vectors.contrast import Contrast, DegenerateContrast
from traitscope.vectors.controls import random_controls, shuffled_control
from traitscope.vectors.direction import LARGEST, Directions, ReadWrite, top_share
from traitscope.vectors.fitting import LayerDetection, evaluate_directions, fit_directions
from traitscope.vectors.held_out import Detection, held_out
from traitscope.vectors.massive import massive_dimensions
from traitscope.vectors.mean_difference import mean_difference
from traitscope.vectors.methods import METHODS, Method, fit
from traitscope.vectors.probe import probe
from traitscope.vectors.treatment import LayerTreatment, NothingLeft, Treatment

__all__ = [
    "LARGEST",
    "METHODS",
    "Contrast",
    "DegenerateContrast",
    "Detection",
    "Direction",
    "Directions",
    "LayerDetection",
    "LayerTreatment",
    "Method",
    "ModelTag",
    "NothingLeft",
    "Part",
    "ReadWrite",
    "Treatment",
    "evaluate_directions",
    "fit",
    "fit_directions",
    "held_out",
    "massive_dimensions",
    "mean_difference",
    "probe",
    "random_controls",
    "shuffled_control",
    "top_share",
]
