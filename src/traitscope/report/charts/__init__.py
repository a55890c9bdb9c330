"""Drawings as SVG strings: numbers come in, one escaped element with an accessible title goes out.

Every function is pure; colours are classes that the page's stylesheet fills for both themes.
"""

from traitscope.report.charts.arms import arm_intervals
from traitscope.report.charts.curves import detection_curves, norm_curve
from traitscope.report.charts.evidence import bar, reach, reaches, score_strip
from traitscope.report.charts.groups import group_shifts, groups_reach
from traitscope.report.charts.heat_map import coherence_heat_map, trait_heat_map
from traitscope.report.charts.layer_map import layer_map, layer_reach
from traitscope.report.charts.legend import legend
from traitscope.report.charts.search_path import describe, largest_delta, search_path
from traitscope.report.charts.series import series_lines, series_reach

__all__ = [
    "arm_intervals",
    "bar",
    "coherence_heat_map",
    "describe",
    "detection_curves",
    "group_shifts",
    "groups_reach",
    "largest_delta",
    "layer_map",
    "layer_reach",
    "legend",
    "norm_curve",
    "reach",
    "reaches",
    "score_strip",
    "search_path",
    "series_lines",
    "series_reach",
    "trait_heat_map",
]
