"""A test that a document names exists: a promise is not kept by a test that was renamed away."""

import ast
import re
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def known(root: Path) -> set[str]:
    """Names of all test functions."""
    return {
        node.name
        for path in (root / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("document", ["docs/guarantees.md", "docs/design.md", "CONTRIBUTING.md"])
def test_every_test_that_a_document_names_exists(root: Path, known: set[str], document: str) -> None:
    named = set(re.findall(r"`(test_\w+)`", (root / document).read_text(encoding="utf-8")))
    assert named
    assert sorted(named - known) == []


def test_every_promise_names_a_test(root: Path) -> None:
    page = (root / "docs" / "guarantees.md").read_text(encoding="utf-8")
    promises = re.findall(r"^\| (.*) \| (.*) \|$", page.split("## Not promised", 1)[0], re.MULTILINE)
    assert len(promises) > 20
    for promise, held in promises:
        if promise not in ("promise", "---"):
            assert "`test_" in held, promise
