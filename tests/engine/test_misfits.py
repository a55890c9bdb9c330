"""What cannot be done to a model is refused in one sentence before it runs."""

import math
from typing import Any

import pytest
import torch

from traitscope.engine import Ablate, Push, Row, Words, decode
from traitscope.engine.divergence import divergences
from traitscope.engine.live import steered
from traitscope.errors import InputError
from traitscope.models import Ids, Model


def a_vector(model: Model, **changes: float) -> torch.Tensor:
    vector = torch.ones(model.width)
    for place, value in changes.items():
        vector[int(place.removeprefix("at_"))] = value
    return vector


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_push_that_is_no_number_is_refused(model: Model, prompts: list[Ids], number: float) -> None:
    row = Row(prompts[0], Push(1, a_vector(model, at_2=number)))
    with pytest.raises(InputError, match="the vector of layer 1: holds NaN or infinity; find out where"):
        decode(model, [Row(prompts[1]), row], 2)


@pytest.mark.parametrize("more", [-1, 1])
def test_a_vector_of_another_width_is_refused(model: Model, prompts: list[Ids], more: int) -> None:
    vector = torch.ones(model.width + more)
    with pytest.raises(InputError, match=f"is {model.width + more} wide, and the residual stream of"):
        decode(model, [Row(prompts[0], Push(1, vector))], 2)
    with pytest.raises(InputError, match="the vector of every layer: is"):
        decode(model, [Row(prompts[0], Ablate(None, vector / vector.norm()))], 2)


@pytest.mark.parametrize("beyond", [-1, 0])
def test_a_layer_that_the_model_does_not_have_is_refused(
    model: Model, prompts: list[Ids], beyond: int
) -> None:
    layer = model.layers if beyond == 0 else -1
    with pytest.raises(InputError, match=f"layer {layer}: is not in .*, which has layers 0 to"):
        decode(model, [Row(prompts[0], Push(layer, a_vector(model)))], 2)


def test_what_a_push_costs_is_not_measured_of_one_that_does_not_fit(model: Model, prompts: list[Ids]) -> None:
    words = [Words(prompts[0], (5, 6))]
    with pytest.raises(InputError, match="holds NaN"):
        divergences(model, words, [Push(1, a_vector(model, at_0=math.nan))])


def test_a_live_model_refuses_the_same(model: Model) -> None:
    vectors: dict[int, Any] = {1: a_vector(model, at_0=math.inf)}
    with pytest.raises(InputError, match="holds NaN or infinity"), steered(model, vectors):
        pass
