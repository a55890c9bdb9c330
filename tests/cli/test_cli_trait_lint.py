"""`traitscope trait lint`: folders in, findings out, and an exit code for scripts."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from test_cli_process import AS_SCRIPT, python
from tiny_place import Typed

from traitscope.experiment import SHIPPED

GOOD = Path(__file__).parent.parent / "lint" / "curiosity"
SMALL = {"few_pairs": 20, "few_questions": 10, "split_questions": 12, "few_labelled": 12}
MOST_SECONDS = 5.0
TRIES = 5


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with traits/nosy, in which there is nothing to mend, and an experiment of small thresholds."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(GOOD, tmp_path / "traits" / "nosy")
    experiment = {
        "name": "small",
        "variants": {"base": {"model": "smollm2"}},
        "traits": ["nosy"],
        "extract": {"variant": "base"},
        "lint": SMALL,
    }
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(experiment))
    return tmp_path


def spoil(here: Path, text: str) -> None:
    path = here / "traits" / "nosy" / "negative.txt"
    path.write_text(path.read_text().replace(path.read_text().splitlines()[2], text))


def test_warnings_fail_only_where_strict_and_errors_always(here: Path, typed: Callable[..., Typed]):
    lint = ("trait", "lint", "traits/nosy", "--config", "small.yaml")
    assert typed(*lint, "--strict").code == 0

    spoil(here, "It is all over, and nothing is left to be seen.")
    assert (typed(*lint).code, typed(*lint, "--strict").code) == (0, 1)

    spoil(here, (here / "traits" / "nosy" / "positive.txt").read_text().splitlines()[4])
    (here / "traits" / "nosy" / "definition.txt").unlink()
    assert (typed(*lint).code, typed(*lint, "--strict").code) == (1, 1)


def test_the_thresholds_come_from_the_experiment(here: Path, typed: Callable[..., Typed]):
    assert "few-pairs" in typed("trait", "lint", "traits/nosy").out
    assert "nothing to mend" in typed("trait", "lint", "traits/nosy", "--config", "small.yaml").out


def test_a_folder_of_traits_and_several_folders_are_all_looked_at(here: Path, typed: Callable[..., Typed]):
    shutil.copytree(GOOD, here / "traits" / "mood" / "prying")
    shutil.copytree(GOOD, here / "other")

    read = json.loads(typed("trait", "lint", "traits", "other", "--format", "json").out)

    assert [one["name"] for one in read] == ["prying", "nosy", "other"]
    assert read[0]["folder"] == "traits/mood/prying"


def test_a_trait_is_found_by_name_here_and_among_the_shipped_ones(here: Path, typed: Callable[..., Typed]):
    read = json.loads(typed("trait", "lint", "nosy", "gloom", "--format", "json").out)

    assert [one["name"] for one in read] == ["nosy", "gloom"]


def test_an_unknown_folder_is_refused_in_a_sentence(here: Path, typed: Callable[..., Typed]):
    answer = typed("trait", "lint", "nosi")

    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith("traitscope: nosi: ") and answer.err.count("\n") == 1


def test_json_and_workflow_commands_go_to_standard_output_alone(here: Path, typed: Callable[..., Typed]):
    spoil(here, "It is all over, and nothing is left to be seen.")

    as_json = typed("trait", "lint", "traits/nosy", "--config", "small.yaml", "--format", "json")
    as_commands = typed("trait", "lint", "traits/nosy", "--config", "small.yaml", "--format", "github")

    assert [one["code"] for one in json.loads(as_json.out)[0]["findings"]] == ["ends-sentence"]
    assert as_commands.out.startswith("::warning file=traits/nosy/negative.txt,line=3,title=ends-sentence::")
    assert as_json.err == as_commands.err == ""


def test_nothing_found_is_no_workflow_command_at_all(here: Path, typed: Callable[..., Typed]):
    answer = typed("trait", "lint", "traits/nosy", "--config", "small.yaml", "--format", "github")

    assert answer == Typed(0, "", "")


def test_the_lint_loads_no_library_that_takes_longer_than_it(here: Path):
    heavy = ("torch", "scipy", "sklearn", "polars", "matplotlib")
    answer = python(
        f"{AS_SCRIPT}\nprint([name for name in {heavy} if name in sys.modules])",
        *("trait", "lint", "gloom", "--format", "github"),
    )

    assert answer.out.splitlines()[-1] == "[]"


def test_eight_sets_of_a_hundred_pairs_take_less_than_five_seconds(here: Path):
    for number in range(8):
        folder = here / "many" / f"set_{number}"
        shutil.copytree(SHIPPED / "traits" / "gloom", folder)
        for pole in ("positive.txt", "negative.txt"):
            lines = (folder / pole).read_text().splitlines()
            # Other words for the rest, so that no scene repeats another.
            rest = [
                " ".join(f"{word[::-1]}{number}" for word in line.split())
                for line in lines[: 105 - len(lines)]
            ]
            (folder / pole).write_text("\n".join([*lines, *rest]) + "\n")

    used: list[float] = []
    # The processor's seconds, and the least of a few: what else the machine does is not the lint's.
    while len(used) < TRIES and (not used or min(used) >= MOST_SECONDS):
        before = os.times()
        ended = subprocess.run(
            [sys.executable, "-m", "traitscope", "trait", "lint", "many"],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        after = os.times()
        assert "in 8 traits" in ended.stdout
        user, system = (
            after.children_user - before.children_user,
            after.children_system - before.children_system,
        )
        used.append(user + system)
    assert min(used) < MOST_SECONDS
