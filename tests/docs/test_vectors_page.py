"""docs/vectors.md: its examples run as they stand, one after the other; its flags and names exist."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from gguf import GGUFReader
from typer.main import get_command

import traitscope
from traitscope import Direction, Model
from traitscope.cli import app
from traitscope.vectors import ModelTag, Part


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "vectors.md").read_text(encoding="utf-8")


@pytest.fixture
def demo(tiny_llama: Model, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Direction]:
    """Stands in for the demo's winners: one for each trait, at layers of their own."""

    def winner(experiment: str, trait: str) -> Direction:
        assert experiment == "experiments/demo"
        layer = {"gloom": 1, "formality": 2}[trait]
        vector = torch.randn(48, generator=torch.Generator().manual_seed(layer))
        tag = ModelTag("smollm2", tiny_llama.source.identity, 4)
        return Direction({layer: vector}, tag, parts=(Part(trait, "mean_diff", layer, float(vector.norm())),))

    monkeypatch.setattr("traitscope.pipeline.vectors.winner.load_direction", winner)
    return winner


def test_the_examples_run_one_after_the_other(
    page: str,
    demo: Callable[[str, str], Direction],
    tiny_llama_folder: Path,
    own_cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 5
    source = "\n".join(examples).replace('"smollm2"', repr(str(tiny_llama_folder)))
    found: dict[str, Any] = {}
    exec(source, found)
    lines = capsys.readouterr().out
    assert "(1, 2)" in lines and "Part(name='formality'" in lines
    unsteered = found["model"].chat("How was your day?")
    assert unsteered != lines.splitlines()[0]
    assert found["mild"].layers == (2,)
    assert len(GGUFReader(tmp_path / "blend.gguf").tensors) == 2


def test_four_lines_are_enough_to_steer(page: str) -> None:
    for line in (
        'model = ts.load("smollm2")',
        'gloom = ts.load_direction("experiments/demo", "gloom")',
        "with gloom.steer(model, strength=1.0):",
        'model.chat("How was your day?")',
    ):
        assert line in page


def test_every_command_and_flag_of_the_page_exists(page: str) -> None:
    group: Any = get_command(app).commands["vectors"]  # type: ignore[attr-defined]
    typed = re.findall(r"^    traitscope vectors (\w+)([^#\n]*)", page, re.MULTILINE)
    assert {name for name, _ in typed} == set(group.commands)
    known = {
        name: {flag for option in command.params for flag in option.opts}
        for name, command in group.commands.items()
    }
    for name, words in typed:
        assert set(re.findall(r"--[a-z-]+", words)) <= known[name]
    table = set(re.findall(r"^\| `(--[a-z]+)`", page, re.MULTILINE))
    assert table == {"--model", "--layer", "--tensor", "--rows"} <= known["import"]
    assert "--tokens" in known["show"] and "--model-hint" in known["export"]


def test_the_names_of_the_page_are_public(page: str) -> None:
    for name in set(re.findall(r"\bts\.(\w+)", page)):
        assert name in traitscope.__all__


def test_the_readme_links_to_the_page(root: Path) -> None:
    assert "(docs/vectors.md)" in (root / "README.md").read_text(encoding="utf-8")
