"""Commands and options that need no experiment: help, version, completion, new."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_place import Typed

from traitscope import __version__
from traitscope.config import read_config

COMMANDS = ("demo", "new", "plan", "run", "extract", "steer", "infer", "compare", "report", "status")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_without_arguments_the_help_is_printed(typed: Callable[..., Typed]) -> None:
    alone, asked = typed(), typed("--help")
    assert asked.code == 0
    assert (alone.out + alone.err).strip() == asked.out.strip()
    assert all(command in asked.out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does(typed: Callable[..., Typed], command: str) -> None:
    told = typed(command, "-h")
    overview = [line for line in typed("--help").out.splitlines() if line.startswith(f"│ {command} ")]
    assert told.code == 0
    assert len(overview) == 1
    words = overview[0].split(f" {command} ", 1)[1].strip(" │").split()
    assert len(words) > 3
    assert " ".join(words[:4]) in " ".join(told.out.split())


def test_the_version_is_the_packages(typed: Callable[..., Typed]) -> None:
    assert typed("--version") == Typed(0, f"traitscope {__version__}\n", "")
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert f'version = "{__version__}"' in project


def test_an_unknown_command_is_refused_with_the_nearest_one(typed: Callable[..., Typed]) -> None:
    answer = typed("stats", "tiny")
    assert answer.code == 2
    assert "'stats'" in answer.err
    assert "'status'" in answer.err


def test_an_experiment_that_is_left_out_is_asked_for(typed: Callable[..., Typed]) -> None:
    answer = typed("run")
    assert answer.code == 2
    assert "EXPERIMENT" in answer.err


def test_new_writes_a_commented_file_that_is_valid(typed: Callable[..., Typed], here: Path) -> None:
    assert typed("new", "mood") == Typed(0, "wrote mood.yaml; run it with: traitscope run mood.yaml\n", "")
    text = (here / "mood.yaml").read_text()
    config = read_config(here / "mood.yaml")
    assert config.name == "mood"
    assert config.comparisons
    keys = [line for line in text.splitlines() if ":" in line and not line.lstrip().startswith(("#", "-"))]
    assert sum("#" in line for line in keys) > len(keys) / 2


def test_new_writes_over_nothing(typed: Callable[..., Typed], here: Path) -> None:
    (here / "mood.yaml").write_text("mine")
    answer = typed("new", "mood")
    assert answer == Typed(
        2, "", "traitscope: mood.yaml: exists already; choose another name, or remove it.\n"
    )
    assert (here / "mood.yaml").read_text() == "mine"


@pytest.mark.parametrize("name", ["../mood", "a/b", "two words", "a: b", "x\nseed: 1", "#", ""])
def test_new_refuses_a_name_that_no_folder_can_have(
    typed: Callable[..., Typed], here: Path, name: str
) -> None:
    answer = typed("new", name)
    assert answer.code == 2
    assert "cannot be the name of a folder; use letters, digits" in answer.err
    assert answer.err.count("\n") == 1
    assert not list(here.parent.glob("**/*.yaml"))


@pytest.mark.parametrize("name", ["7", "1.5", "true", "null", "2024-05-01"])
def test_new_takes_a_name_that_yaml_would_read_as_something_else(
    typed: Callable[..., Typed], here: Path, name: str
) -> None:
    assert typed("new", name).code == 0
    assert read_config(here / f"{name}.yaml").name == name
