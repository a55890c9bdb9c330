"""How sure a figure is: intervals, ranking measures, null distributions, corrections for many tests.

In come plain arrays of numbers, out go floats and small tuples. This room knows nothing of traits, layers or
models and imports no other room, so that every formula in it can be checked against scipy or by hand.
"""

from traitscope.statistics.association import partial_rank_correlation, slope, spearman
from traitscope.statistics.binomial import binomial_p_value
from traitscope.statistics.familywise import holm
from traitscope.statistics.intervals import Interval, paired_interval, paired_p_value, smallest_visible
from traitscope.statistics.logistic import logistic_rows
from traitscope.statistics.nulls import (
    covariance_directions,
    isotropic_directions,
)
from traitscope.statistics.ranking import accuracy_at_midpoint, auc, cohens_d

__all__ = [
    "Interval",
    "accuracy_at_midpoint",
    "auc",
    "binomial_p_value",
    "cohens_d",
    "covariance_directions",
    "holm",
    "isotropic_directions",
    "logistic_rows",
    "paired_interval",
    "paired_p_value",
    "partial_rank_correlation",
    "slope",
    "smallest_visible",
    "spearman",
]
