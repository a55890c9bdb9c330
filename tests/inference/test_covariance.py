"""The covariance kept small, against numpy's of all tokens."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from traitscope.config.batches import RANK
from traitscope.inference import (
    Covariance,
    Sketch,
    covariance_name,
    load_covariance,
    summary_name,
    writing_shards,
)
from traitscope.inference.store import Summary

LAYERS = 2


def stored(
    folder: Path, tokens: NDArray[np.float32], kept: NDArray[np.bool_], sizes: list[int]
) -> Covariance:
    """Tokens (layers, tokens, width) put through a sketch in batches of these sizes, and read back."""
    sketch, counted = Sketch(), torch.from_numpy(kept)
    for batch, some in zip(torch.from_numpy(tokens).split(sizes, 1), counted.split(sizes, 1), strict=True):
        for layer in range(len(tokens)):
            sketch.add(layer, batch[layer], some[layer])
    weights = counted.float()[:, :, None]
    whole = torch.from_numpy(tokens) * weights
    summary = {name: torch.zeros(1) for name in Summary.__dataclass_fields__}
    summary |= {
        "sums": whole.sum(1)[None, None],
        "counts": weights.sum(1)[:, 0][None, None],
        "squares": whole.square().sum(1)[None],
        "lengths": whole.norm(dim=2).sum(1)[None],
    }
    with writing_shards(folder) as writer:
        writer.write(0, [0], {summary_name(0): (summary, ()), covariance_name(0): (sketch.tensors(), ())})
    return load_covariance(folder)


def whole_matrix(found: Covariance, layer: int) -> NDArray[np.float64]:
    return found.leading[layer].T @ found.leading[layer] + np.diag(found.rest[layer])


def tokens_of(width: int, count: int = 700) -> NDArray[np.float32]:
    """Correlated, far from the origin, and their mean drifts."""
    rng = np.random.default_rng(width)
    mixed = rng.normal(size=(LAYERS, count, width)) @ rng.normal(size=(LAYERS, width, width)) / np.sqrt(width)
    drift = np.linspace(0, 1, count)[:, None] * rng.normal(size=width)
    return (mixed + drift + 3 * rng.normal(size=width)).astype(np.float32)


@pytest.mark.parametrize("width", [5, 48, RANK])
def test_a_narrow_model_loses_nothing(tmp_path: Path, width: int) -> None:
    tokens = tokens_of(width)
    found = stored(tmp_path, tokens, np.ones(tokens.shape[:2], dtype=bool), [3, 297, 400])
    for layer in range(LAYERS):
        exact = np.cov(tokens[layer].astype(np.float64), rowvar=False, bias=True)
        np.testing.assert_allclose(whole_matrix(found, layer), exact, atol=2e-4 * exact.max())
        np.testing.assert_allclose(
            found.mean[layer], tokens[layer].astype(np.float64).mean(0), rtol=1e-4, atol=1e-5
        )
        lengths = np.linalg.norm(tokens[layer], axis=1)
        assert found.length[layer] == pytest.approx(lengths.mean(), rel=1e-5)


@pytest.mark.parametrize("width", [RANK + 1, 150])
def test_the_diagonal_of_a_wide_model_is_exact_and_its_leading_directions_nearly(
    tmp_path: Path, width: int
) -> None:
    tokens = tokens_of(width)
    tokens[:, :, :4] *= 20
    found = stored(tmp_path, tokens, np.ones(tokens.shape[:2], dtype=bool), [200, 500])
    assert found.leading.shape == (LAYERS, RANK, width)
    for layer in range(LAYERS):
        exact = np.cov(tokens[layer].astype(np.float64), rowvar=False, bias=True)
        np.testing.assert_allclose(np.diag(whole_matrix(found, layer)), np.diag(exact), rtol=1e-3)
        values, vectors = np.linalg.eigh(exact)
        ours = np.linalg.eigh(whole_matrix(found, layer))
        np.testing.assert_allclose(ours[0][-4:], values[-4:], rtol=1e-2)
        assert abs(float(vectors[:, -1] @ ours[1][:, -1])) > 0.999


def test_sinks_enter_neither_mean_nor_covariance(tmp_path: Path) -> None:
    tokens = tokens_of(12)
    kept = np.ones(tokens.shape[:2], dtype=bool)
    kept[0, [0, 5, 650]] = False
    kept[1, 300] = False
    tokens[~kept] *= 1000
    found = stored(tmp_path, tokens, kept, [100, 600])
    for layer in range(LAYERS):
        some = tokens[layer][kept[layer]].astype(np.float64)
        exact = np.cov(some, rowvar=False, bias=True)
        np.testing.assert_allclose(whole_matrix(found, layer), exact, atol=2e-4 * exact.max())
        assert found.count[layer] == len(some)


def test_a_sketch_read_back_goes_on_to_the_last_digit() -> None:
    tokens = torch.from_numpy(tokens_of(80))
    kept = torch.ones(tokens.shape[:2], dtype=torch.bool)
    whole, first = Sketch(), Sketch()
    for batch in (slice(0, 250), slice(250, 700)):
        for layer in range(LAYERS):
            whole.add(layer, tokens[layer, batch], kept[layer, batch])
    for layer in range(LAYERS):
        first.add(layer, tokens[layer, :250], kept[layer, :250])
    again = Sketch.of(first.tensors())
    for layer in range(LAYERS):
        again.add(layer, tokens[layer, 250:], kept[layer, 250:])
    assert all(torch.equal(again.tensors()[name], one) for name, one in whole.tensors().items())
