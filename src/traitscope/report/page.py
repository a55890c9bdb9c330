"""The report as one self-contained HTML file: no request leaves it, and nothing from a model can run in it.

Every text is escaped by the templates or by the drawings; what the script reads is JSON without "<"; the
content security policy allows this very stylesheet and this very script, by their hashes, and nothing else.
"""

import base64
import hashlib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from traitscope.experiment.files import write_text
from traitscope.report import (
    charts,
    comparison_tables,
    damage_sentences,
    experiment_tables,
    numbers,
    sentences,
    steering_sentences,
    tokens,
    trait_tables,
    vetting_sentences,
)
from traitscope.report.naming import slugs
from traitscope.report.palette import diverging_step, theme_css
from traitscope.report.script_data import by_direction, evaluation_figures, evaluation_keys, script_data
from traitscope.report.slimming import reductions
from traitscope.report.specificity_table import specificity_table
from traitscope.report.trait_view import SteeringView
from traitscope.report.values import Absent, check_finite
from traitscope.report.view import ReportView
from traitscope.report.writable import writable

PAGE_NAME = "index.html"
MOST_BYTES = 5_000_000
"""Size at which answers of the search are left out, rather than a page that a browser opens slowly."""


def write_page(view: ReportView, folder: Path) -> Path:
    """Write `index.html` into the folder and return its path; smaller views are tried until it fits.

    Raises:
        ValueError: a figure of the view is not finite.
        WorkError: the folder cannot be written.
    """
    path = folder / PAGE_NAME
    page = ""
    for sentence, smaller in reductions(view):
        page = render_page(smaller(), sentence)
        if len(page.encode()) <= MOST_BYTES:
            break
    write_text(path, page)
    return path


def render_page(view: ReportView, left_out: str = "") -> str:
    """The page as text. `left_out` is the sentence that says what it does not hold.

    Raises:
        ValueError: a figure of the view is not finite.
    """
    check_finite(view, "view")
    trait_slugs = slugs(trait.name for trait in view.traits)
    comparison_slugs = slugs(c.key for c in view.comparisons)
    by_slug = dict(zip(comparison_slugs.values(), view.comparisons, strict=True))
    steerings = {
        trait_slugs[trait.name]: trait.steering
        for trait in view.traits
        if not isinstance(trait.steering, Absent)
    }
    style, script = theme_css() + "\n" + asset("style.css"), asset("page.js")
    page = (
        environment()
        .get_template("page.html.j2")
        .render(
            view=view,
            trait_slugs=trait_slugs,
            comparisons=by_slug,
            series=dict(zip(slugs(one.key for one in view.series).values(), view.series, strict=True)),
            layer_limit=charts.layer_reach(view.comparisons),
            data=Markup(htmlsafe_json_dumps(script_data(steerings, by_slug), ensure_ascii=False)),
            style=Markup(style),
            script=Markup(script),
            policy=policy(style, script),
            left_out=left_out,
        )
    )
    return writable(page)


@cache
def environment() -> Environment:
    """The templates, and what they may call."""
    made = Environment(
        loader=FunctionLoader(asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "number": numbers,
        "chart": charts,
        "say": sentences,
        "say_damage": damage_sentences,
        "say_steering": steering_sentences,
        "say_vetting": vetting_sentences,
        "trait_table": trait_tables,
        "specificity_table": specificity_table,
        "comparison_table": comparison_tables,
        "experiment_table": experiment_tables,
        "token": tokens,
        "by_direction": by_direction,
        "evaluation_keys": evaluation_keys,
        "evaluation_figures": evaluation_figures,
        "diverging_step": diverging_step,
        "is_absent": _is_absent,
        "steered": _steered,
    }
    return made


def asset(name: str) -> str:
    """A file of the templates' folder."""
    return resources.files("traitscope.report").joinpath("templates", name).read_text(encoding="utf-8")


def policy(style: str, script: str) -> str:
    """A content security policy that lets this style and this script through, and nothing else."""

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    return (
        f"default-src 'none'; style-src 'sha256-{digest(style)}'; script-src 'sha256-{digest(script)}';"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )


def _is_absent(value: Any) -> bool:
    return isinstance(value, Absent)


def _steered(value: Any) -> bool:
    return isinstance(value, SteeringView)
