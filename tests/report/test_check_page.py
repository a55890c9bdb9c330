"""The page of a judge's check: its figures, and nothing of anybody's words as markup."""

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest
from checked import Scripted, check_of
from page_reader import Reader

from traitscope.report.check_page import render_check_page, write_check_page
from traitscope.report.check_text import check_rows, injection_rows

HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(2)>\"'`&]]>--><!--"
FOUND = check_of(Scripted())
JUDGES = [Scripted(), Scripted(obeys="authority"), Scripted(mute=True), Scripted(reads_language=False)]


@pytest.mark.parametrize("judge", JUDGES)
def test_every_figure_and_attack_of_the_check_is_in_the_page(judge: Scripted) -> None:
    found = check_of(judge)
    reader = Reader(render_check_page("mini", found))
    for cells in (*check_rows(found), *injection_rows(found)):
        assert all(" ".join(cell.split()) in reader.text for cell in cells)
    assert ("Passed." in reader.text) is found.passed
    assert all(f"{sentence}." in reader.text for sentence in found.failures)
    assert ("for information" in reader.text) is not found.injections_bind
    assert reader.unclosed == []


def test_the_plot_has_a_dot_for_every_answer_with_a_score() -> None:
    page = render_check_page("mini", FOUND)
    assert page.count("<svg") == 1
    reader = Reader(page)
    dots = [attributes for tag, attributes in reader.elements if tag == "circle"]
    assert len(dots) == len(FOUND.scored) + len(FOUND.agreement.bins)


def test_a_judge_that_said_nothing_has_a_page_too() -> None:
    found = check_of(Scripted(mute=True))
    reader = Reader(render_check_page("mini", found))
    assert "nan" not in reader.text and "None" not in reader.text
    assert [tag for tag, _ in reader.elements].count("circle") == 0


def test_no_word_of_a_file_becomes_markup() -> None:
    found = replace(FOUND, trait=f"candour{HOSTILE}", failures=(f"it fails {HOSTILE}",))
    reader = Reader(render_check_page(f"mini{HOSTILE}", found))
    tags = [tag for tag, _ in reader.elements]
    assert "script" not in tags and "img" not in tags
    assert not [name for _, attributes in reader.elements for name in attributes if name.startswith("on")]
    assert f"candour{HOSTILE}: mini{HOSTILE}" in reader.text
    assert f"it fails {HOSTILE}." in reader.text


def test_the_page_asks_for_nothing_from_anywhere() -> None:
    page = render_check_page("mini", FOUND)
    assert "default-src 'none'" in html.unescape(page)
    assert re.findall(r"(?:src|href)=\"(?!#)[^\"]*\"", page) == []
    assert "http://" not in page.replace("http://www.w3.org/", "") and "https://" not in page


def test_the_page_is_written_as_rendered(tmp_path: Path) -> None:
    write_check_page(tmp_path / "check.html", "mini", FOUND)
    assert (tmp_path / "check.html").read_text(encoding="utf-8") == render_check_page("mini", FOUND)
