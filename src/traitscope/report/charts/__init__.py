"""Drawings as SVG strings: numbers come in, one escaped element with an accessible title goes out.

Every function is pure; colours are classes that the page's stylesheet fills for both themes.
"""

from traitscope.report.charts.arms import arm_intervals
from traitscope.report.charts.curves import detection_curves, norm_curve
from traitscope.report.charts.evidence import bar, reach, reaches, score_strip
from traitscope.report.charts.heat_map import coherence_heat_map, trait_heat_map
from traitscope.report.charts.legend import legend
from traitscope.report.charts.search_path import describe, largest_delta, search_path

__all__ = [
    "arm_intervals",
    "bar",
    "coherence_heat_map",
    "describe",
    "detection_curves",
    "largest_delta",
    "legend",
    "norm_curve",
    "reach",
    "reaches",
    "score_strip",
    "search_path",
    "trait_heat_map",
]
