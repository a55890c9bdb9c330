"""A judge's check as a small page: the calibration plot, and every figure beside what is asked of it."""

from pathlib import Path

from markupsafe import Markup

from traitscope.experiment.files import write_text
from traitscope.judging.check_record import JudgeCheck
from traitscope.report.charts.calibration import CalibrationPoint, calibration_chart
from traitscope.report.check_text import check_rows, injection_rows
from traitscope.report.page import asset, environment, policy
from traitscope.report.palette import theme_css
from traitscope.report.writable import writable


def write_check_page(path: Path, judge: str, found: JudgeCheck) -> None:
    """Write the page.

    Raises:
        WorkError: the folder cannot be written.
    """
    write_text(path, render_check_page(judge, found))


def render_check_page(judge: str, found: JudgeCheck) -> str:
    """The page as text."""
    style = theme_css() + "\n" + asset("style.css")
    bins = [CalibrationPoint(one.label, one.score, one.answers) for one in found.agreement.bins]
    known = [(label, score) for label, score in found.scored if score is not None]
    chart = calibration_chart(bins, known, f"Scores of {judge} against labels, {found.trait}")
    page = (
        environment()
        .get_template("check.html.j2")
        .render(
            judge=judge,
            check=found,
            chart=chart,
            rows=check_rows(found),
            attacks=injection_rows(found),
            style=Markup(style),
            policy=policy(style, ""),
        )
    )
    return writable(page)
