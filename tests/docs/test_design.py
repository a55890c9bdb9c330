"""docs/design.md speaks of the house as it is: rooms, modules and functions exist; no room is left out."""

import ast
import re
import tomllib
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "design.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def house(root: Path) -> Path:
    return root / "src" / "traitscope"


def test_every_module_and_folder_that_the_page_names_exists(page: str, house: Path, root: Path) -> None:
    named = set(re.findall(r"`((?:\w+/)*\w+(?:\.py|/))`", page)) - {"archive/"}
    assert {"terminal.py", "pipeline/steer/stage.py", "config/", "report/templates/"} <= named
    assert [name for name in named if not (house / name).exists() and not (root / name).exists()] == []


def test_every_function_that_the_page_names_exists(page: str, house: Path) -> None:
    named = set(re.findall(r"`(\w+)\(\)`", page))
    known = {
        node.name
        for path in house.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert {"load_trait", "verdicts"} <= named
    assert named - known == set()


def test_the_rooms_of_the_page_are_those_of_the_source(page: str, house: Path) -> None:
    rooms = {
        path.name if path.is_file() else f"{path.name}/"
        for path in house.iterdir()
        if not path.name.startswith("__") and (path.suffix == ".py" or path.is_dir())
    }
    table = page.split("| room | in -> out | begin with |", 1)[1].split("\n\n", 1)[0]
    first_cells = " ".join(line.split("|")[1] for line in table.splitlines()[2:])
    assert set(re.findall(r"`([^`]+)`", first_cells)) == rooms


@pytest.mark.parametrize("name", ["docs/design.md", "CONTRIBUTING.md"])
def test_the_order_of_the_rooms_is_the_one_that_import_linter_holds(root: Path, name: str) -> None:
    contract = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = [set(layer.split(" | ")) for layer in reversed(contract["contracts"][0]["layers"])]
    text = (root / name).read_text(encoding="utf-8")
    order = re.search(r"errors, progress -> [\s\S]*? -> cli", text)
    assert order
    said = [set(re.split(r", | \| ", room.strip())) for room in order[0].split("->")]
    assert said == [layer for layer in layers if layer != {"__main__"}]
