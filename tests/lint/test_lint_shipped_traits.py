"""Traits that are shipped pass the lint they are taught with, and docs/traits.md says what it measures."""

from pathlib import Path

import pytest

from traitscope.config.lint import LintSettings
from traitscope.data import load_trait, trait_folders
from traitscope.experiment import SHIPPED
from traitscope.lint import lint_folder

FOLDERS = {folder.name: folder for folder in trait_folders([SHIPPED / "traits"])}
ALIGNMENT = (
    "conflicted deception gaming helpfulness_expressed helpfulness_intent honesty_observed self_serving "
    "sycophancy"
)
PAGE = Path(__file__).parents[2] / "docs" / "traits.md"


def test_the_eight_alignment_traits_and_the_three_of_the_demo_are_shipped():
    assert {name for name, folder in FOLDERS.items() if folder.parent.name == "alignment"} == set(
        ALIGNMENT.split()
    )
    assert FOLDERS.keys() == {*ALIGNMENT.split(), "gloom", "formality", "hedging"}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_shipped_trait_is_clean_complete_and_described_as_it_is(name: str):
    trait, report = load_trait(FOLDERS[name]), lint_folder(FOLDERS[name], LintSettings())

    assert [finding for finding in report.findings if finding.severity != "note"] == []
    assert trait.paired
    assert trait.notes == ()
    assert len(trait.positive) >= 100
    assert len(trait.questions) >= 40
    assert len(trait.labelled) >= 60

    row = table()[name]
    measured = report.figures.bag_of_words
    assert measured is not None
    assert row["pairs"] == str(len(trait.positive))
    assert row["labelled"] == str(len(trait.labelled))
    assert row["bag of words"] == f"{measured.auc:.2f}"
    assert row["largest d"] == f"{max(abs(effect.d) for effect in report.figures.effects):.1f}"


def table() -> dict[str, dict[str, str]]:
    """The measured table of the page: trait -> column -> cell."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("| set | pairs |"))
    columns, *rows = (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (lines[start], *lines[start + 2 :])
        if line.startswith("|")
    )
    return {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
