"""Comparisons in the terminal: every figure that decides, and what is to be known beside it."""

import io
from dataclasses import replace

import example_view
import pytest
from rich.console import Console

from traitscope.report import ReportView
from traitscope.report.comparison_text import comparisons_text


def printed(view: ReportView, width: int = 100) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, highlight=False).print(comparisons_text(view))
    return stream.getvalue()


def row(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(start))


def test_the_three_lines_stand_beside_each_other(view: ReportView) -> None:
    found = row(printed(view), "gloom")
    for figure in (
        "+31.2 [24.1, 38.1]",
        "+0.412 [0.341, 0.495]",
        "-0.12..0.12",
        "0.0005",
        "+0.565",
        "0 of 1",
    ):
        assert figure in found
    assert found.rstrip().endswith("moved up")


def test_the_cells_of_readers_and_writers_have_their_intervals(view: ReportView) -> None:
    text = printed(view).partition("plain shift of")[2]
    assert "model effect [95 %]" in text and "interaction [95 %]" in text
    assert "+0.178 [0.108, 0.248]" in row(text, "gloom")


def test_what_a_verdict_leaves_out_is_told_below(view: ReportView) -> None:
    text = " ".join(printed(view).split())
    for said in (
        "KL 0.133 nats; relative shift of the stream 0.413",
        "answers 31.4 -> 28.6 tokens; coherence 97.3 -> 84.6",
        "something else moved: The listed traits span 18 %",
        "gloom and hedging overlap (cosine +0.314)",
        "gloom: opening only possible.",
        "inside: not calibrated here.",
        "formality and hedging: no judge for this trait",
    ):
        assert said in text


def test_controls_groups_series_and_all_that_was_compared_are_named(view: ReportView) -> None:
    text = printed(view)
    assert "chat -> plain (control)" in text
    assert "chat -> step_10 -> step_20 on neutral" in text
    assert "+24.6 [16.8, 32.4]" in text
    assert "work" in text and "+0.213 [0.118, 0.307]" in text
    assert row(text, "chat -> gloomy many").split()[-1] == "missing"


def test_it_is_plain_ascii_and_fits_a_file(view: ReportView) -> None:
    text = printed(view)
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 100


def test_names_are_no_markup(view: ReportView) -> None:
    planted = replace(view.comparisons[0], after="[dim]z[/]")
    assert "[dim]z[/]" in printed(replace(view, comparisons=(planted,)))


@pytest.mark.parametrize("state", ["only_extracted", "nothing_done"])
def test_without_a_comparison_it_says_so(state: str) -> None:
    assert printed(getattr(example_view, state)()).strip() == "No variants were compared."
