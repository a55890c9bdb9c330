"""Stage 5, report: the page, its Markdown and the paper figures."""

from dataclasses import replace

from traitscope.experiment.files import write_text
from traitscope.pipeline.report.views import report_view
from traitscope.pipeline.run import Run
from traitscope.pipeline.status import pieces, report_artefact
from traitscope.report import write_page
from traitscope.report.figures import write_figures
from traitscope.report.text import report_markdown


def report(run: Run) -> None:
    """Write the report of the artefacts as they stand."""
    artefact = report_artefact(run, pieces(run))
    if artefact.is_done():
        return
    run.progress.begin("report", "", 1)
    with run.making(artefact):
        view = report_view(run)
        view = replace(view, figures=write_figures(view, artefact.folder))
        write_page(view, artefact.folder)
        write_text(artefact.folder / "report.md", report_markdown(view))
    run.progress.advance(1, 0)
    run.progress.end()
