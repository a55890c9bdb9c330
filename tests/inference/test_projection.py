"""Projections per token against numpy, and again from the disk."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from stored_shape import LAYERS, WIDTH

from traitscope.engine import Reading
from traitscope.inference import Line, Spoken, StoredReading, mean_norms, project, read_store, write_shard

Make = Callable[..., Reading]
Stored = dict[int, StoredReading]

SPOKEN = {0: Spoken("tea", ("A", " cup", ".")), 2: Spoken("rain", ("Wet", "."))}


@pytest.fixture
def lines() -> list[Line]:
    """Two traits at two layers."""
    directions = torch.randn(2, WIDTH, generator=torch.Generator().manual_seed(7))
    directions /= directions.norm(dim=1, keepdim=True)
    return [
        Line("gloom", "mean_diff", 1, "steered best", directions[0]),
        Line("hedging", "probe", LAYERS - 1, "middle of the deciding range", directions[1]),
    ]


@pytest.fixture
def shards(reading: Make, tmp_path: Path) -> list[Path]:
    write_shard(tmp_path / "0.safetensors", {0: reading(3, seed=1)}, "bfloat16")
    write_shard(tmp_path / "1.safetensors", {2: reading(2, seed=2)}, "bfloat16")
    return sorted(tmp_path.glob("*.safetensors"))


def test_projections_are_those_of_numpy(shards: list[Path], lines: list[Line]) -> None:
    stored = read_store(shards)
    norms = mean_norms(stored, lines)
    table = project(stored, SPOKEN, lines, norms)
    assert table.columns == [
        *("prompt", "token", "text", "side", "trait", "layer", "method", "raw", "cosine", "normalised")
    ]
    assert len(table) == 2 * ((1 + 3) + (1 + 2))
    for line in lines:
        own = np.concatenate([one.residual[1:, line.layer].float().numpy() for one in stored.values()])
        mean_norm = np.linalg.norm(own, axis=1).mean()
        assert norms[line.layer] == pytest.approx(mean_norm, rel=1e-6)
        for place, spoken in SPOKEN.items():
            residual = stored[place].residual[:, line.layer].float().numpy()
            raw = residual @ line.direction.numpy()
            rows = table.filter((pl.col("trait") == line.trait) & (pl.col("prompt") == spoken.prompt))
            np.testing.assert_allclose(rows["raw"], raw, rtol=1e-5)
            np.testing.assert_allclose(rows["cosine"], raw / np.linalg.norm(residual, axis=1), rtol=1e-5)
            np.testing.assert_allclose(rows["normalised"], raw / mean_norm, rtol=1e-5)
            assert set(rows["layer"]) == {line.layer}
            assert set(rows["method"]) == {line.method}


def test_the_first_row_of_an_answer_ends_its_prompt(shards: list[Path], lines: list[Line]) -> None:
    stored = read_store(shards)
    table = project(stored, SPOKEN, lines[:1], mean_norms(stored, lines))
    tea = table.filter(pl.col("prompt") == "tea")
    assert tea["token"].to_list() == [-1, 0, 1, 2]
    assert tea["side"].to_list() == ["prompt", "response", "response", "response"]
    assert tea["text"].to_list() == ["", "A", " cup", "."]


def test_a_projection_from_the_stored_residuals_equals_the_first_one(
    shards: list[Path], lines: list[Line]
) -> None:
    first, again = (
        project(stored, SPOKEN, lines, mean_norms(stored, lines))
        for stored in (read_store(shards), read_store(shards))
    )
    assert first.equals(again)


def test_norms_are_means_over_response_tokens_that_are_no_sinks(lines: list[Line]) -> None:
    residual = torch.ones(5, LAYERS, WIDTH)
    residual[0] *= 50  # the prompt's last token
    residual[4, 1] *= 1000
    stored = {0: StoredReading(residual, torch.zeros(4), None)}
    assert mean_norms(stored, lines) == {1: pytest.approx(WIDTH**0.5), LAYERS - 1: pytest.approx(WIDTH**0.5)}


def test_a_cosine_does_not_depend_on_length_and_a_raw_projection_does(lines: list[Line]) -> None:
    residual = torch.randn(3, LAYERS, WIDTH, generator=torch.Generator().manual_seed(0))
    spoken, norms = {0: Spoken("p", ("a", "b"))}, {1: 1.0, LAYERS - 1: 1.0}
    one, double = (
        project({0: StoredReading(factor * residual, torch.zeros(2), None)}, spoken, lines, norms)
        for factor in (1.0, 2.0)
    )
    np.testing.assert_allclose(one["cosine"], double["cosine"], rtol=1e-6)
    np.testing.assert_allclose(2 * one["raw"].to_numpy(), double["raw"], rtol=1e-6)
