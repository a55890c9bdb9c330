import time

import numpy as np
import pytest
import torch

from traitscope.vectors import (
    METHODS,
    Contrast,
    DegenerateContrast,
    Directions,
    evaluate_directions,
    fit,
    fit_directions,
    held_out,
    top_share,
)


@pytest.fixture
def layers(two_poles) -> tuple[torch.Tensor, torch.Tensor]:
    """Poles of three layers, (30, 3, 16), the trait stronger in later ones."""
    contrasts = [two_poles(30, 16, strength, seed) for seed, strength in enumerate((0.5, 2.0, 6.0))]
    return torch.stack([c.positive for c in contrasts], 1), torch.stack([c.negative for c in contrasts], 1)


@pytest.mark.parametrize("method", METHODS)
def test_each_layer_has_the_direction_of_its_own_contrast(layers, method):
    positive, negative = layers
    directions = fit_directions("calm", positive, negative, torch.tensor([1.0, 2.0, 3.0]), True, method)
    assert (directions.trait, directions.method) == ("calm", method)
    for layer in range(3):
        read, write = fit(method, Contrast(positive[:, layer], negative[:, layer], True))
        assert torch.equal(directions.read[layer], read) and torch.equal(directions.write[layer], write)
    assert torch.equal(directions.top5_share, top_share(directions.read))
    assert directions.base_norm.tolist() == [1, 2, 3]
    assert directions.read.dtype == torch.float32


@pytest.mark.parametrize("method", METHODS)
def test_each_layer_is_evaluated_on_the_same_split(layers, method):
    positive, negative = layers
    groups = np.arange(30) // 2
    found = evaluate_directions(positive, negative, True, method, 4, groups)
    assert [(one.layer, one.method) for one in found] == [(0, method), (1, method), (2, method)]
    for layer, one in enumerate(found):
        contrast = Contrast(positive[:, layer], negative[:, layer], True)
        assert one.detection == held_out(contrast, method, 4, groups)
    if method != "random":
        assert found[2].detection.auc > found[0].detection.auc


@pytest.mark.parametrize("method", METHODS)
def test_a_layer_at_which_the_poles_agree_is_named(layers, method):
    positive, negative = (pole.clone() for pole in layers)
    positive[:, 1] = negative[:, 1] = 1.0
    with pytest.raises(DegenerateContrast, match="layer 1"):
        fit_directions("calm", positive, negative, torch.ones(3), True, method)
    with pytest.raises(DegenerateContrast, match="layer 1"):
        evaluate_directions(positive, negative, True, method)


def test_poles_of_unlike_layers_are_refused(layers):
    with pytest.raises(ValueError, match="scenes, layers, width"):
        fit_directions("calm", layers[0], layers[1][:, :2], torch.ones(3), True, "mean_diff")


def test_directions_that_do_not_fit_together_are_refused():
    with pytest.raises(ValueError, match="base_norm"):
        Directions("calm", "mean_diff", torch.ones(3, 4), torch.ones(3, 4), torch.ones(2), torch.ones(3))


@pytest.mark.slow
def test_a_trait_of_the_demos_size_is_fitted_and_evaluated_within_twelve_seconds():
    draws = torch.Generator().manual_seed(0)
    positive, negative = (torch.randn(60, 30, 576, generator=draws) + shift for shift in (0.3, 0.0))
    start = time.process_time()
    for method in ("mean_diff", "probe"):
        fit_directions("calm", positive, negative, torch.ones(30), True, method)
        evaluate_directions(positive, negative, True, method)
    assert time.process_time() - start < 12
