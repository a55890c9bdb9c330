"""docs/import.md: its commands and flags exist, and it keeps to 120 columns where no table stretches it."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from traitscope.cli import app


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "import.md").read_text(encoding="utf-8")


def test_its_commands_exist(page: str) -> None:
    named = set(re.findall(r"^    traitscope (\w+)", page, re.MULTILINE))
    assert named == {"import", "project", "compare", "status", "report"}
    assert named <= set(get_command(app).commands)  # type: ignore[attr-defined]


def test_its_flags_are_those_of_the_command(page: str) -> None:
    command = get_command(app).commands["import"]  # type: ignore[attr-defined]
    known = {flag for option in command.params for flag in option.opts if flag.startswith("--")}
    assert set(re.findall(r"--[a-z][a-z-]+", page)) - {"--quiet"} == known - {"--quiet"}


def test_lines_end_before_the_121st_column(page: str) -> None:
    assert [line for line in page.splitlines() if len(line) > 120 and not line.startswith("|")] == []
