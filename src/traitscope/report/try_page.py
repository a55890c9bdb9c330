"""Completed scenes as one self-contained HTML page: both sides of each pair next to each other."""

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from markupsafe import Markup

from traitscope.experiment.files import write_text
from traitscope.report.page import asset, environment, policy
from traitscope.report.palette import theme_css
from traitscope.report.try_text import (
    OUTCOMES,
    POLES,
    blank_and_words,
    difference_text,
    differences,
    on_one_line,
    share_text,
    told,
    verdict,
)
from traitscope.report.writable import writable
from traitscope.vetting import Looked, LookedSet


def write_try_page(path: Path, title: str, made: str, sets: Sequence[LookedSet]) -> None:
    """Write the page; `made` says who completed the scenes.

    Raises:
        WorkError: the folder cannot be written.
    """
    write_text(path, render_try_page(title, made, sets))


def render_try_page(title: str, made: str, sets: Sequence[LookedSet]) -> str:
    """The page as text; whatever a model wrote is escaped, and nothing in it can run."""
    style = theme_css() + "\n" + asset("style.css") + "\n" + asset("try.css")
    rows = [(one, list(zip_longest(one.positive, one.negative))) for one in sets]
    changes = [(pole, differences(sets[1], sets[0], pole)) for pole in POLES] if len(sets) == 2 else []
    page = (
        environment()
        .get_template("try.html.j2")
        .render(
            title=title,
            made=made,
            sets=rows,
            poles=POLES,
            outcomes=OUTCOMES,
            changes=changes,
            told=told(sets),
            share_text=share_text,
            difference_text=difference_text,
            blank_and_words=blank_and_words,
            on_one_line=on_one_line,
            verdict=verdict,
            is_fine=_is_fine,
            style=Markup(style),
            policy=policy(style, ""),
        )
    )
    return writable(page)


def _is_fine(positive: Looked | None, negative: Looked | None) -> bool:
    return all(one is None or one.outcome == "expresses" for one in (positive, negative))
