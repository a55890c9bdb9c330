"""The library: what `import traitscope` offers and costs, and the README's examples, run as they stand."""

import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.testing import assert_close

import traitscope
from traitscope import Directions, InputError, Model, Trait
from traitscope.pipeline.extract.stage import load_directions

COST = """
import sys, time
start = time.process_time()
import traitscope
spent = time.process_time() - start
heavy = {"torch", "transformers", "numpy", "scipy", "sklearn", "polars", "matplotlib", "pydantic"}
print(spent, *sorted(heavy & set(sys.modules)))
"""

EXPERIMENT = """
name: moods
variants: {{base: {{model: "{model}"}}}}
traits: [gloom]
extract: {{variant: base, new_tokens: 6, methods: [mean_diff]}}
"""


@pytest.fixture(autouse=True)
def _quiet_place(own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder and a cache of its own: experiments are written under the current folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def gloom() -> Trait:
    return traitscope.load_trait(traitscope.SHIPPED / "traits" / "gloom")


@pytest.fixture(scope="module")
def directions(tiny_llama: Model, gloom: Trait) -> Directions:
    return traitscope.extract_directions(tiny_llama, gloom, new_tokens=6)


def test_importing_traitscope_takes_a_blink_and_loads_nothing_heavy() -> None:
    runs = [
        subprocess.run(
            [sys.executable, "-c", COST], check=True, capture_output=True, text=True
        ).stdout.split()
        for _ in range(3)
    ]
    assert all(heavy == [] for _, *heavy in runs)
    assert min(float(seconds) for seconds, *_ in runs) < 0.1


def test_every_public_name_is_there_and_an_unknown_one_is_said_to_be_missing() -> None:
    for name in traitscope.__all__:
        assert getattr(traitscope, name) is not None
        assert name in dir(traitscope)
    with pytest.raises(AttributeError, match="no attribute 'steer'"):
        _ = traitscope.steer  # type: ignore[attr-defined]


def test_the_readme_steers_an_answer_in_a_few_lines(
    root: Path, tiny_llama_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example = _examples(root)[0]
    assert len(example.splitlines()) <= 15
    found = _run(example.replace('"smollm2"', repr(str(tiny_llama_folder))))
    unsteered = traitscope.answer(found["model"], "Describe the street you live in.", new_tokens=32)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("0.0: gloom ") and lines[0].endswith(unsteered.splitlines()[0])
    assert any(line.startswith("0.35: gloom ") for line in lines)
    assert found["text"] != unsteered


def test_the_readme_runs_an_experiment_in_three_lines(
    root: Path, tiny_llama_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "moods.yaml").write_text(EXPERIMENT.format(model=tiny_llama_folder), encoding="utf-8")
    _run("import traitscope as ts\n" + _examples(root)[1])
    assert "'auc_shuffled':" in capsys.readouterr().out
    assert (tmp_path / "experiments" / "moods" / "summary.json").exists()


def test_a_model_is_loaded_by_name_and_checked(tiny_llama_folder: Path) -> None:
    model = traitscope.load_model(tiny_llama_folder.name, beside=tiny_llama_folder.parent)
    assert (model.layers, model.width, model.placement.dtype) == (4, 48, "float32")
    with pytest.raises(InputError, match="Hugging Face"):
        traitscope.load_model("nobody/has-this-model")


def test_directions_from_the_library_are_those_of_the_stage(
    tiny_llama_folder: Path, tmp_path: Path, gloom: Trait, directions: Directions
) -> None:
    (tmp_path / "moods.yaml").write_text(EXPERIMENT.format(model=tiny_llama_folder), encoding="utf-8")
    experiment = traitscope.open_experiment("moods.yaml")
    traitscope.run_stages(experiment, ("extract",))
    stage = load_directions(traitscope.look(experiment), gloom, "mean_diff")
    assert_close(directions.read, stage.read, rtol=0, atol=1e-4)
    assert_close(directions.base_norm, stage.base_norm, rtol=1e-4, atol=0)


def test_a_push_is_the_writing_direction_at_a_share_of_the_layers_norm(directions: Directions) -> None:
    pushed = traitscope.push(directions, 2, -0.5)
    assert pushed.layer == 2
    assert_close(pushed.vector.norm(), 0.5 * directions.base_norm[2])
    assert_close(
        torch.nn.functional.cosine_similarity(pushed.vector, directions.write[2], dim=0), -torch.ones(())
    )


@pytest.mark.parametrize(
    ("layer", "strength", "sentence"),
    [
        (2, math.nan, "strength nan: is not finite; give a number such as 0.5."),
        (2, -math.inf, "strength -inf: is not finite; give a number such as 0.5."),
        (4, 0.5, "layer 4: is not in the vectors; name one from 0 to 3."),
        (-1, 0.5, "layer -1: is not in the vectors; name one from 0 to 3."),
    ],
)
def test_a_push_that_cannot_be_made_is_a_sentence(
    directions: Directions, layer: int, strength: float, sentence: str
) -> None:
    with pytest.raises(InputError) as refused:
        traitscope.push(directions, layer, strength)
    assert str(refused.value) == sentence


def test_a_position_that_no_completion_reaches_is_a_sentence(tiny_llama: Model, gloom: Trait) -> None:
    with pytest.raises(InputError, match=r"position response\[6:8\].*have no token there"):
        traitscope.extract_directions(tiny_llama, gloom, new_tokens=2, position="response[6:8]")


def _examples(root: Path) -> list[str]:
    readme = (root / "README.md").read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", readme, re.DOTALL)


def _run(example: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(example, namespace)
    return namespace
