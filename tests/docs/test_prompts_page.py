"""docs/prompts.md: its examples are prompt sets, its program runs, its names are those of the code."""

import re
from pathlib import Path

import polars as pl
import pytest

from traitscope.data import PROMPT_FORMS, load_prompt_set
from traitscope.data.prompt import COLUMNS

LANGUAGES = {".json": "json", ".jsonl": "jsonl", ".csv": "csv", ".txt": "text"}


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "prompts.md").read_text(encoding="utf-8")


def example(page: str, language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
    return str(found)


@pytest.mark.parametrize("form", PROMPT_FORMS)
def test_the_example_of_each_form_is_a_prompt_set(page: str, form: str, tmp_path: Path) -> None:
    path = tmp_path / f"few{form}"
    path.write_text(example(page, LANGUAGES[form]))
    assert len(load_prompt_set(path).prompts) == 2


def test_the_page_names_the_columns_that_no_field_may_be_called(page: str) -> None:
    said = page.split("name of a column of these tables:", 1)[1]
    assert tuple(re.findall(r"`(\w+)`", said)) == COLUMNS


def test_the_program_of_the_page_groups_a_table_by_a_field(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "experiments/moods/infer/gloomy/few/own"
    for place in (folder, tmp_path / "prompts"):
        place.mkdir(parents=True)
    (tmp_path / "prompts/few.json").write_text(example(page, "json"))
    tokens = {"prompt": ["tea", "tea", "sure"], "trait": ["gloom"] * 3, "cosine": [0.25, 0.5, 0.125]}
    pl.DataFrame(tokens).write_parquet(folder / "projections.parquet")
    exec(example(page, "python"), {})
    shown = capsys.readouterr().out
    assert "kitchen" in shown and "0.375" in shown and "0.125" in shown
