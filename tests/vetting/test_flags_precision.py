"""How often flags are right, and that the documentation says so."""

from pathlib import Path

from flag_precision import LABELLED, measured, table

PAGE = Path(__file__).parents[2] / "docs" / "trait-data.md"


def test_every_flag_is_right_in_four_of_five_cases() -> None:
    for one in measured():
        assert one.right + one.wrong > 0, one.name
        assert one.precision >= 0.8, one.name


def test_there_are_enough_labelled_completions_of_every_kind() -> None:
    assert len(LABELLED.read_text(encoding="utf-8").splitlines()) >= 60
    assert all(one.right + one.missed >= 3 for one in measured())


def test_the_page_shows_what_was_measured() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")
