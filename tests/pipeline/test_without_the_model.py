"""What was captured can be projected and compared where the model is no longer there."""

import shutil
from pathlib import Path

import polars as pl
import pytest
from tests.pipeline.tiny_run import Tiny

from traitscope.errors import InputError


@pytest.fixture
def movable(tiny_experiment: Tiny) -> tuple[Tiny, Path]:
    """The tiny experiment on a model of its own, which can be moved away."""
    text = tiny_experiment.file.read_text()
    name = next(line.split("model: ")[1].rstrip("}") for line in text.splitlines() if "base:" in line)
    own = tiny_experiment.folder / "weights"
    shutil.copytree(name, own)
    tiny_experiment.file.write_text(text.replace(name, str(own)))
    return tiny_experiment, own


def test_a_changed_best_layer_is_projected_on_without_the_models_files(movable: tuple[Tiny, Path]) -> None:
    tiny, weights = movable
    tiny.run()
    tables = sorted(tiny.root.glob("infer/*/everyday/*/projections.parquet"))
    before = {path: pl.read_parquet(path).filter(pl.col("trait") == "sombre")["layer"][0] for path in tables}
    other = 1 if before[tables[0]] == 2 else 2
    tiny.change('layers: "1,2"', f'layers: "{other}"')
    tiny.run("extract", "check", "steer")
    weights.rename(tiny.folder / "elsewhere")
    shutil.move(tiny.folder / "lora" / "moved", tiny.folder / "other-lora")

    tiny.run("infer", "compare", "report")

    after = {path: pl.read_parquet(path).filter(pl.col("trait") == "sombre")["layer"][0] for path in tables}
    assert set(before.values()) == {3 - other}
    assert set(after.values()) == {other}
    assert (tiny.root / "report" / "index.html").exists()


def test_what_needs_the_weights_says_that_they_are_gone(movable: tuple[Tiny, Path]) -> None:
    tiny, weights = movable
    tiny.run("extract")
    weights.rename(tiny.folder / "elsewhere")
    with pytest.raises(InputError, match="weights"):
        tiny.run("check", "steer")
