"""The program in a process of its own: start-up, completion, refusals, and what a whole run says."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tiny_place import Place, Typed, the_sentence, type_in_process

HEAVY = ("torch", "transformers", "peft", "scipy", "sklearn", "numpy", "polars", "matplotlib", "pydantic")
MOST_CPU_SECONDS = 0.5

AS_SCRIPT = """\
import sys
sys.argv[0] = "traitscope"  # as the installed script is called
from traitscope.cli import main
try:
    code = main()
except SystemExit as stopped:
    code = stopped.code
"""
START = f"""\
{AS_SCRIPT}
import json, resource
used = resource.getrusage(resource.RUSAGE_SELF)
heavy = [name for name in {HEAVY} if name in sys.modules]
print(json.dumps({{"heavy": heavy, "seconds": used.ru_utime + used.ru_stime}}), file=sys.stderr)
"""


def python(script: str, *words: str, **surroundings: str) -> Typed:
    """What a Python script answers."""
    ended = subprocess.run(
        [sys.executable, "-c", script, *words],
        env={**os.environ, **surroundings},
        capture_output=True,
        text=True,
        check=False,
    )
    return Typed(ended.returncode, ended.stdout, ended.stderr)


def test_help_imports_nothing_heavy_and_takes_less_than_half_a_second() -> None:
    starts: list[Mapping[str, Any]] = []
    # The fastest of a few: what else the machine does is not the program's.
    while len(starts) < 5 and (not starts or starts[-1]["seconds"] >= MOST_CPU_SECONDS):
        answer = python(START, "--help")
        assert "Usage: traitscope" in answer.out
        starts.append(json.loads(answer.err))
    assert [start["heavy"] for start in starts] == [[]] * len(starts)
    assert min(start["seconds"] for start in starts) < MOST_CPU_SECONDS


def test_importing_the_package_imports_nothing_heavy() -> None:
    answer = python(f"import sys, traitscope; print([name for name in {HEAVY} if name in sys.modules])")
    assert answer == Typed(0, "[]\n", "")


@pytest.mark.parametrize(("typed", "offered"), [("st", ["steer", "status"]), ("compare --j", ["--json"])])
def test_the_shell_completes_commands_and_options(typed: str, offered: list[str]) -> None:
    words = f"traitscope {typed}"
    place = str(len(words.split()) - 1)
    answer = python(AS_SCRIPT, _TRAITSCOPE_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=place)
    assert answer.out.split() == offered


def test_completion_is_shown_for_a_shell() -> None:
    shell = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    answer = python(AS_SCRIPT, "--show-completion", "bash", **shell)
    assert answer.code == 0
    assert "_TRAITSCOPE_COMPLETE=complete_bash" in answer.out
    assert "traitscope" in answer.out.splitlines()[-1]


def test_an_unknown_key_is_refused(place: Place) -> None:
    place.change("steer.momentun", 0.5)
    sentence = refused(place.folder, "run", "tiny.yaml")
    assert sentence.startswith("tiny.yaml, steer.momentun: unknown key; write one of ")


def test_an_unknown_experiment_is_refused(place: Place) -> None:
    sentence = refused(place.folder, "status", "nothing")
    assert sentence.startswith("experiment 'nothing': is neither a file, a folder")


def test_layers_beyond_the_model_are_refused(place: Place) -> None:
    place.change("steer.layers", "0:4")
    sentence = refused(place.folder, "extract", "tiny.yaml")
    assert sentence.startswith("tiny.yaml, steer.layers: '0:4' goes beyond the model, which has 4 layers")
    assert not (place.made / "extract").exists()


def refused(folder: Path, *words: str) -> str:
    answer = type_in_process(folder, *words)
    assert (answer.code, answer.out) == (2, "")
    return the_sentence(answer.err)
