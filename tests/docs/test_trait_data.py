"""docs/trait-data.md tells of the lint, the kinds of trait and the folder as they are."""

import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from traitscope.config import LintSettings, VetSettings
from traitscope.data import FEWEST_SCENES
from traitscope.data.starting import KINDS
from traitscope.experiment import SHIPPED
from traitscope.lint import CODES
from traitscope.vetting import HIGHEST_MEAN, LEAST_SEPARATION, WIDEST_SPREAD


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "trait-data.md").read_text(encoding="utf-8")


def test_every_code_stands_there_once_with_its_severity_and_whether_it_is_exact(page: str) -> None:
    rows = list(_codes(page))

    assert sorted(code for code, *_ in rows) == sorted(CODES)
    for code, severity, kind, *_ in rows:
        assert (severity, kind) == (
            CODES[code].severity,
            "exact" if CODES[code].exact else "heuristic",
        ), code


def test_every_code_says_what_it_finds_and_why_that_matters(page: str) -> None:
    for code, _, _, finds, _, why in _codes(page):
        assert finds.strip() and why.strip(), code


def test_every_threshold_stands_at_its_codes_with_its_default(page: str) -> None:
    defaults = LintSettings().model_dump()
    named = {code: _thresholds(cell) for code, _, _, _, cell, _ in _codes(page)}

    for code, said in named.items():
        assert said == {key: defaults[key] for key in CODES[code].settings}, code
    assert {key for said in named.values() for key in said} == set(defaults)


def test_the_precision_of_the_heuristics_is_the_one_that_is_measured(page: str, root: Path) -> None:
    measure = runpy.run_path(str(root / "tests" / "lint" / "precision.py"))["table"]

    assert measure() in page


def test_every_kind_of_trait_is_named_with_what_it_is(page: str) -> None:
    section = page.split("\n## trait new\n", 1)[1].split("\n## ", 1)[0]

    rows = re.findall(r"^\| `([\w-]+)` \| (.*?) \| .+ \|$", section, re.MULTILINE)

    assert dict(rows) == dict(KINDS)


def test_every_key_of_steering_json_is_named(page: str) -> None:
    section = page.split("**`steering.json`.**", 1)[1].split("**`labelled.jsonl`.**", 1)[0]
    begun = json.loads((SHIPPED / "trait-template" / "steering.json").read_text(encoding="utf-8"))

    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(begun)


def test_the_pieces_of_experiment_files_are_valid(page: str) -> None:
    pieces = [yaml.safe_load(piece) for piece in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]

    assert [list(piece) for piece in pieces] == [["lint"], ["vet"]]
    LintSettings(**pieces[0]["lint"])
    shown = VetSettings(**pieces[1]["vet"])
    assert shown == VetSettings(judge=shown.judge)  # the other keys stand there with their defaults


def test_the_bounds_that_the_page_names_are_those_of_the_code(page: str) -> None:
    prose = " ".join(page.split())

    assert f"mean below {HIGHEST_MEAN:.0f}" in prose
    assert f"spread below {WIDEST_SPREAD:.0f}" in prose
    assert f"(below {LEAST_SEPARATION:.0f} the completions hardly show the trait)" in prose
    assert f"At least {FEWEST_SCENES} a side" in prose


def _codes(page: str) -> Iterator[list[str]]:
    """Code, severity, kind, what it finds, thresholds and why, of each row of the tables under the lint."""
    section = page.split("\n## The lint\n", 1)[1].split("\n## ", 1)[0]
    for table in section.split("| code | severity | kind | finds | threshold | why |\n")[1:]:
        for line in table.split("\n\n", 1)[0].splitlines()[1:]:
            code, *cells = (cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|")))
            yield [code.strip("`"), *cells]


def _thresholds(cell: str) -> dict[str, float]:
    return {key: float(default) for key, default in re.findall(r"`(\w+)` ([\d.]+)", cell)}
