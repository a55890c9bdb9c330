"""The report in Markdown: the page's figures, and no markup from anybody's words."""

import re
from dataclasses import replace

import example_view
import pytest
from figures_of_view import figures
from page_reader import with_every_text

from traitscope.report import Answer, ReportView, SteeringView, report_markdown
from traitscope.report.markdown import fenced, plain, table
from traitscope.report.sentences import INSIDE_CAUTION
from traitscope.report.tables import Cell, Column, sheet


@pytest.fixture(scope="module")
def text(view: ReportView) -> str:
    return report_markdown(view)


def test_every_figure_of_the_view_stands_in_the_text(view: ReportView, text: str) -> None:
    assert [place for place in figures(view) if place[1] not in text] == []


def test_every_answer_stands_in_the_text_exactly(view: ReportView, text: str) -> None:
    steering = view.traits[0].steering
    assert isinstance(steering, SteeringView)
    for answers in steering.answers:
        for answer in (answers.baseline, answers.best, answers.too_strong):
            assert not isinstance(answer, Answer) or f"\n{answer.text}\n" in text
    for comparison in view.comparisons:
        for tokens in comparison.tokens:
            assert "".join(tokens.after.tokens) in text


def test_the_text_is_the_same_when_written_twice(text: str) -> None:
    assert report_markdown(example_view.example_view()) == text


def test_the_text_says_why_a_figure_is_missing(text: str) -> None:
    assert "- formality and hedging: no behaviour and smallest seen (no judge for this trait)." in text
    assert "- layer 6, step 4: no trait and delta (only 7 of 10 answers could be scored)." in text


def test_the_caution_about_the_inside_score_stands_with_every_comparison(view: ReportView, text: str) -> None:
    assert text.count(f"> {plain(INSIDE_CAUTION)}") == len(view.comparisons)


@pytest.mark.parametrize("state", ["only_extracted", "nothing_done", "nothing_coherent"])
def test_an_unfinished_experiment_has_a_text(state: str) -> None:
    text = report_markdown(getattr(example_view, state)())
    assert text.startswith("# demo\n")
    assert text.endswith("\n") and "\n\n\n" not in text


def test_hostile_words_stand_only_behind_fences_or_escaped(view: ReportView) -> None:
    hostile = "<script>alert(1)</script>\n```\n# shout\n| a | b |"
    poisoned = report_markdown(with_every_text(view, lambda text: text and text + hostile))
    outside = re.sub(r"(?ms)^(`{3,})text\n.*?^\1$", "", poisoned)
    assert "<script>" in poisoned
    assert not re.search(r"(?<!\\)<script>", outside)
    assert not re.search(r"(?m)^(# shout|```)", outside)


def test_a_fence_is_longer_than_any_run_of_backticks_in_the_answer() -> None:
    assert fenced("a ```` b") == "`````text\na ```` b\n`````"


def test_a_name_with_pipes_stays_in_its_cell() -> None:
    one = sheet("k", "names", [Column("na|me", numeric=False)], [[Cell("a|b\nc")]])
    assert table(one) == "**names**\n\n| na\\|me |\n| --- |\n| a\\|b c |"


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("helpfulness_intent", "helpfulness_intent"),
        ("_loud_", "\\_loud\\_"),
        ("[31.0, 52.2]", "[31.0, 52.2]"),
        ("[a](http://x)", "[a\\](http://x)"),
        ("*a* `b` <c> ~d~ $e$", "\\*a\\* \\`b\\` \\<c\\> \\~d\\~ \\$e\\$"),
        ("two\nlines\x1b[2J", "two lines\N{REPLACEMENT CHARACTER}[2J"),
    ],
)
def test_words_that_look_like_markup_are_escaped_and_others_left_alone(words: str, written: str) -> None:
    assert plain(words) == written


def test_a_row_of_another_length_than_the_head_is_refused() -> None:
    with pytest.raises(ValueError, match="arms has not 2 cells"):
        sheet("arms", "", [Column("a"), Column("b")], [[Cell("1")]])


def test_a_figure_that_is_not_finite_is_named_by_its_path(view: ReportView) -> None:
    broken = replace(view.traits[0], base_norms=(1.0, float("inf")))
    with pytest.raises(ValueError, match=re.escape("view.traits[0].base_norms[1] is inf")):
        report_markdown(replace(view, traits=(broken,)))
