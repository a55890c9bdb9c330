"""From artefacts to what the report shows: every figure read back, the missing ones with a reason."""

from traitscope.pipeline.report.views.comparisons import compared_rows, comparison_views
from traitscope.pipeline.report.views.experiment import experiment_view
from traitscope.pipeline.report.views.series import series_views
from traitscope.pipeline.report.views.tokens import token_view
from traitscope.pipeline.report.views.traits import trait_view, vetting_view
from traitscope.pipeline.run import Run
from traitscope.report import ReportView


def report_view(run: Run) -> ReportView:
    """The whole report of an experiment as it stands; figures are drawn later."""
    compared = comparison_views(run)
    return ReportView(
        experiment_view(run),
        tuple(trait_view(run, trait) for trait in run.traits.values()),
        compared,
        series=series_views(run, compared),
        compared=compared_rows(run),
    )


__all__ = ["report_view", "token_view", "vetting_view"]
