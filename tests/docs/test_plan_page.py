"""docs/plan.md shows the plan of the demo as it is, and speaks of every option and column."""

import re
from pathlib import Path

import pytest
from rich.console import Console

from traitscope.experiment import SHIPPED, open_experiment
from traitscope.planning import plan
from traitscope.report.plan_text import plan_text

COLUMNS = ("new", "read", "passes", "judged", "memory", "disk", "time")


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "plan.md").read_text(encoding="utf-8")


def counts(text: str) -> list[list[str]]:
    """Stage, subject and counts of the table's rows: what no machine changes."""
    body = text.split("stage ", 1)[1].split("Memory at the worst", 1)[0].splitlines()
    return [re.split(r"  +", line.strip())[:-2] for line in body[1:] if line.strip()]


def without_sizes(rows: list[list[str]]) -> list[list[str]]:
    return [[cell for cell in row if not re.search(r" (B|kB|MB|GB|TB|s|min)( |$)", cell)] for row in rows]


def test_the_demos_plan_is_the_one_that_the_page_shows(
    page: str, monkeypatch: pytest.MonkeyPatch, smollm2: object
) -> None:
    monkeypatch.setattr("traitscope.planning.whole.gpus", lambda: ())
    console = Console(width=100, record=True, file=None, highlight=False)
    with console.capture() as printed:
        console.print(plan_text(plan(open_experiment(SHIPPED / "demo.yaml"))))
    shown = page.split("## The demo", 1)[1].split("## A model", 1)[0]
    assert without_sizes(counts(shown)) == without_sizes(counts(printed.get()))


def test_the_page_explains_every_column(page: str) -> None:
    explained = re.findall(r"^\| (\w+) \|", page.split("## What the columns say", 1)[1], re.MULTILINE)
    assert explained[1:] == list(COLUMNS)


def test_the_page_speaks_of_every_option(page: str) -> None:
    from typer.main import get_command

    from traitscope.cli import app

    command = get_command(app).commands["plan"]  # type: ignore[attr-defined]
    options = [option for one in command.params for option in one.opts if option.startswith("--")]
    assert {"--memory", "--probe", "--json"} <= set(options)
    assert [one for one in options if one not in page and one not in ("--quiet", "--help")] == []


def test_the_readme_leads_to_the_page(root: Path) -> None:
    assert "(docs/plan.md)" in (root / "README.md").read_text(encoding="utf-8")
