"""What a person looks at: one HTML page, the same in Markdown, a terminal table, figures for a paper.

A `ReportView` comes in: every figure of an experiment as plain values, the missing ones with their reason.
Strings and files go out. Nothing here reads an artefact or knows a model, so that a page served over HTTP can
render the same view; templates, style and script lie in `templates/`. The figures for a paper are drawn by
`report.figures`, which is not re-exported: its library is slow to import.
"""

from traitscope.report.comparison_view import (
    ComparisonView,
    Dose,
    Family,
    LayerScores,
    NullBand,
    RankedTrait,
    Span,
    TokenLine,
    TokenView,
)
from traitscope.report.groups_view import Group, GroupedShifts
from traitscope.report.page import render_page, write_page
from traitscope.report.series_view import SeriesStep, SeriesView
from traitscope.report.terminal import summary_table
from traitscope.report.text import report_markdown
from traitscope.report.trait_view import (
    Answer,
    AnswerSet,
    Arm,
    Beaten,
    DetectionCurve,
    DetectionView,
    Evaluation,
    Filtered,
    LayerDetection,
    Result,
    SpecificityCell,
    SpecificityView,
    SteeringView,
    TraitView,
    VettingView,
)
from traitscope.report.values import Absent, Estimate, Measured, Number
from traitscope.report.view import (
    ComparedRow,
    ExperimentView,
    Machine,
    ReportView,
    StageView,
    State,
    VariantRow,
)

__all__ = [
    "Absent",
    "Answer",
    "AnswerSet",
    "Arm",
    "Beaten",
    "ComparedRow",
    "ComparisonView",
    "DetectionCurve",
    "DetectionView",
    "Dose",
    "Estimate",
    "Evaluation",
    "ExperimentView",
    "Family",
    "Filtered",
    "Group",
    "GroupedShifts",
    "LayerDetection",
    "LayerScores",
    "Machine",
    "Measured",
    "NullBand",
    "Number",
    "RankedTrait",
    "ReportView",
    "Result",
    "SeriesStep",
    "SeriesView",
    "Span",
    "SpecificityCell",
    "SpecificityView",
    "StageView",
    "State",
    "SteeringView",
    "TokenLine",
    "TokenView",
    "TraitView",
    "VariantRow",
    "VettingView",
    "render_page",
    "report_markdown",
    "summary_table",
    "write_page",
]
