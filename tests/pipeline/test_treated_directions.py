"""What the file takes out of directions: checked, fitted in order, told apart on the disk."""

from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
import yaml
from judged_run import rewrite
from safetensors.torch import load_file
from tiny_run import Tiny

from traitscope.errors import InputError

EXTRACT = {"variant": "base", "new_tokens": 6, "position": "response[:3]", "methods": ["mean_diff", "probe"]}


@pytest.fixture
def scenes(tiny_experiment: Tiny) -> Tiny:
    """Two traits, extracted alone."""
    rewrite(tiny_experiment, infer=None, compare=None)
    settings = yaml.safe_load(tiny_experiment.file.read_text())
    del settings["steer"]
    tiny_experiment.file.write_text(yaml.safe_dump(settings))
    return tiny_experiment


def with_(tiny: Tiny, **keys: Any) -> Tiny:
    rewrite(tiny, extract=EXTRACT | keys)
    return tiny


def directions(tiny: Tiny, trait: str) -> dict[str, torch.Tensor]:
    return load_file(tiny.root / f"extract/{trait}/base/directions.safetensors")


def test_directions_are_orthogonal_to_the_trait_that_is_named_whatever_the_files_order(scenes: Tiny) -> None:
    with_(scenes, orthogonal_to={"sombre": ["tidy"]}).run("extract")
    sombre, tidy = directions(scenes, "sombre"), directions(scenes, "tidy")
    for method in ("mean_diff", "probe"):
        for end in ("read", "write"):
            product = (sombre[f"{method}.{end}"] * tidy[f"{method}.{end}"]).sum(-1)
            assert float(product.abs().max()) < 1e-6
    with_(scenes).run("extract")
    assert torch.equal(directions(scenes, "tidy")["mean_diff.read"], tidy["mean_diff.read"])
    plain = directions(scenes, "sombre")["mean_diff.read"]
    assert not torch.allclose(plain, sombre["mean_diff.read"], atol=1e-3)


def test_a_list_leaves_the_traits_that_it_names_as_they_are(scenes: Tiny) -> None:
    with_(scenes).run("extract")
    plain = directions(scenes, "sombre")
    with_(scenes, orthogonal_to=["sombre"])
    assert scenes.stale() == {"extract: tidy"}
    scenes.run("extract")
    assert torch.equal(directions(scenes, "sombre")["probe.read"], plain["probe.read"])
    product = directions(scenes, "tidy")["probe.read"] * plain["probe.read"]
    assert float(product.sum(-1).abs().max()) < 1e-6


def test_projections_of_the_scenes_do_not_change_with_the_length_of_their_completions(scenes: Tiny) -> None:
    with_(scenes, orthogonal_to=["length"]).run("extract")
    stored = load_file(scenes.root / "extract/sombre/base/activations.safetensors")
    rows = scenes.rows("extract/sombre/base/completions.jsonl")
    lengths = [len(row["text"]) for row in sorted(rows, key=lambda row: int(row["scene"]))]
    assert len(set(lengths)) > 5
    residuals = torch.cat([stored["positive"], stored["negative"]]).double()
    for layer in range(residuals.shape[1]):
        read = directions(scenes, "sombre")["mean_diff.read"][layer].double()
        assert abs(np.corrcoef(residuals[:, layer] @ read, lengths)[0, 1]) < 1e-5


def test_a_changed_trait_makes_those_orthogonal_to_it_stale(scenes: Tiny) -> None:
    with_(scenes, orthogonal_to={"sombre": ["tidy"]}).run("extract")
    path = scenes.folder / "traits/tidy/positive.txt"
    path.write_text(path.read_text().replace("swept", "brushed"))
    assert "extract: sombre" in scenes.stale()


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        (
            ["tidi"],
            r"orthogonal_to\[0\]: 'tidi' is neither a trait of this file nor length; write one of",
        ),
        ({"sombre": ["sombre"]}, r"orthogonal_to.sombre\[0\]: nothing would be left of 'sombre'"),
        ({"sombre": ["tidy"], "tidy": ["sombre"]}, r"'sombre' waits for 'tidy' waits for 'sombre': none can"),
        ({"somber": ["tidy"]}, "orthogonal_to.somber: 'somber' is not among the traits of this file"),
        (["length", "length"], r"orthogonal_to\[1\]: 'length' comes twice"),
        ("tidy", "orthogonal_to: found 'tidy'; write a list of traits or length"),
        ({"sombre": []}, r"orthogonal_to: found \[\]; write a list of traits or length for each trait"),
    ],
)
def test_names_that_cannot_be_taken_out_are_refused(scenes: Tiny, choice: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        with_(scenes, orthogonal_to=choice).run("extract")


def test_a_trait_of_which_nothing_is_left_is_refused_by_name(scenes: Tiny) -> None:
    for pole in ("positive", "negative"):
        text = (scenes.folder / f"traits/tidy/{pole}.txt").read_text()
        (scenes.folder / f"traits/sombre/{pole}.txt").write_text(text)
    sentence = r"orthogonal_to: the mean_diff direction of 'sombre' is nearly .* \(layer 0: only 0.0 % of"
    with pytest.raises(InputError, match=sentence):
        with_(scenes, orthogonal_to={"sombre": ["tidy"]}).run("extract")


def test_massive_dimensions_are_counted_and_where_asked_for_in_no_direction(scenes: Tiny) -> None:
    with_(scenes, massive_dimensions="keep").run("extract")
    before = scenes.stale()
    with_(scenes)
    assert scenes.stale() == before == set()
    stored = load_file(scenes.root / "extract/sombre/base/activations.safetensors")
    size = torch.cat([stored["positive"], stored["negative"]]).abs().double().mean(0)
    massive = size > 10 * size.median(-1, keepdim=True).values
    metrics = pl.read_parquet(scenes.root / "extract/sombre/base/metrics.parquet")
    for row in metrics.iter_rows(named=True):
        assert row["massive_dimensions"] == int(massive[row["layer"]].sum())
    with_(scenes, massive_dimensions="drop")
    assert scenes.stale() == {"extract: sombre", "extract: tidy"}
    scenes.run("extract")
    assert float((directions(scenes, "sombre")["probe.write"] * massive).abs().max()) == 0
