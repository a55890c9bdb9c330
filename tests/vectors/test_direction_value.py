"""A direction as a value: its algebra is that of the vectors it holds, and it steers what it was made for."""

from collections.abc import Mapping

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

from traitscope.engine.decoding import Row, decode
from traitscope.errors import InputError
from traitscope.models import Model
from traitscope.vectors import Direction, Directions, ModelTag, Part, top_share

# Whole numbers add and multiply exactly in float32.
WHOLE = st.integers(-50, 50).map(float)


@st.composite
def directions(draw: st.DrawFn) -> Direction:
    layers = draw(st.sets(st.integers(0, 3), min_size=1))
    return Direction({layer: torch.tensor(draw(st.lists(WHOLE, min_size=3, max_size=3))) for layer in layers})


def same(found: Direction, expected: Mapping[int, Tensor]) -> bool:
    return all(torch.equal(found.vectors[layer], vector) for layer, vector in expected.items())


@given(directions(), directions(), directions())
def test_adding_is_commutative_and_associative(a: Direction, b: Direction, c: Direction) -> None:
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert sum([a, b, c]) == a + b + c


@given(directions(), directions(), WHOLE)
def test_scaling_is_distributive(a: Direction, b: Direction, factor: float) -> None:
    assert factor * (a + b) == a * factor + b * factor
    assert 2 * a == a + a
    assert -a == -1 * a


@given(directions(), directions())
def test_what_is_taken_away_again_was_never_added(a: Direction, b: Direction) -> None:
    assert a + b - b == a
    assert (a - a).norm() == 0


@given(directions(), WHOLE)
def test_the_norm_scales_with_the_factor(a: Direction, factor: float) -> None:
    squares = sum(float(vector.square().sum()) for vector in a.vectors.values())
    assert a.norm() == pytest.approx(squares**0.5)
    assert (factor * a).norm() == pytest.approx(abs(factor) * a.norm())


def test_a_sum_holds_one_vector_a_layer() -> None:
    a = Direction({1: torch.tensor([1.0, 0.0]), 2: torch.tensor([0.0, 1.0])})
    b = Direction({2: torch.tensor([5.0, 0.0]), 3: torch.tensor([0.0, 2.0])})
    both = a + b
    assert both.layers == (1, 2, 3)
    assert same(both, {1: torch.tensor([1.0, 0]), 2: torch.tensor([5.0, 1]), 3: torch.tensor([0, 2.0])})


def test_equality_goes_by_what_is_added() -> None:
    a = Direction({1: torch.ones(2)}, parts=(Part("gloom", "mean_diff", 1, 1.4),))
    assert a == Direction({1: torch.ones(2), 2: torch.zeros(2)})
    assert a != Direction({2: torch.ones(2)})
    assert a != Direction({1: torch.ones(3)})
    assert a != Direction({1: torch.ones(2)}, positions="response")
    assert a != "gloom"


def test_where_a_sum_comes_from_is_kept() -> None:
    gloom = Direction({1: torch.ones(2)}, parts=(Part("gloom", "mean_diff", 1, 4.0),))
    hedging = Direction({2: torch.ones(2)}, parts=(Part("hedging", "probe", 2, 3.0),))
    both = gloom + 0.5 * hedging + gloom
    assert both.name == "gloom + hedging"
    assert both.parts == (Part("gloom", "mean_diff", 1, 8.0), Part("hedging", "probe", 2, 1.5))
    assert "gloom + hedging, layer 1, 2" in repr(both)


def test_what_cannot_be_added_is_refused_in_a_sentence() -> None:
    a = Direction({1: torch.ones(2)}, ModelTag("one", "aaaa", 4))
    for other, told in (
        (Direction({1: torch.ones(3)}), "are 2 and 3 wide"),
        (Direction({1: torch.ones(2)}, ModelTag("two", "bbbb", 4)), "are for one and two"),
        (Direction({1: torch.ones(2)}, ModelTag("two", None, 8)), "are for one and two"),
        (Direction({1: torch.ones(2)}, positions="response"), "steer other tokens"),
    ):
        with pytest.raises(InputError, match=told):
            _ = a + other
    with pytest.raises(TypeError):
        _ = a + 1  # type: ignore[operator]
    with pytest.raises(TypeError):
        _ = a * a  # type: ignore[operator]


def test_a_model_that_one_side_knows_is_the_sums() -> None:
    known = ModelTag("one", "aaaa", 4)
    a, b = Direction({1: torch.ones(2)}, known), Direction({1: torch.ones(2)})
    assert (a + b).model == (b + a).model == known


@pytest.mark.parametrize(
    ("vectors", "told"),
    [
        ({}, "holds no vector"),
        ({1: torch.tensor([1.0, float("nan")])}, "holds NaN or infinity"),
        ({1: torch.tensor([1.0, 1e300], dtype=torch.float64)}, "holds NaN or infinity"),
        ({1: torch.ones(2), 2: torch.ones(3)}, "is a vector of shape"),
        ({1: torch.ones(2, 2)}, "is a vector of shape"),
        ({-1: torch.ones(2)}, "is no layer of its model"),
        ({4: torch.ones(2)}, "is no layer of its model; name one from 0 to 3"),
    ],
)
def test_vectors_that_cannot_steer_are_refused(vectors: dict[int, Tensor], told: str) -> None:
    with pytest.raises(InputError, match=told):
        Direction(vectors, ModelTag("one", None, 4))


def test_a_factor_that_leaves_float32_is_refused() -> None:
    with pytest.raises(InputError, match="smaller factor"):
        _ = 1e38 * Direction({1: torch.full((2,), 1e10)})


def test_steering_two_layers_equals_steering_both_by_hand(tiny_llama: Model) -> None:
    torch.manual_seed(0)
    one, other = (Direction({layer: 4 * torch.randn(48)}) for layer in (1, 2))
    row = [Row(tuple(range(20, 28)))]
    plain = decode(tiny_llama, row, 10)
    with one.steer(tiny_llama), other.steer(tiny_llama):
        nested = decode(tiny_llama, row, 10)
    with (one + other).steer(tiny_llama):
        assert decode(tiny_llama, row, 10) == nested != plain
    with ((one + other) / 2).steer(tiny_llama, strength=2):
        assert decode(tiny_llama, row, 10) == nested
    with (one + other).steer(tiny_llama, strength=0):
        assert decode(tiny_llama, row, 10) == plain


def test_another_model_is_refused_unless_it_is_asked_for(tiny_llama: Model) -> None:
    direction = Direction({1: torch.ones(48)}, ModelTag("another", "0000", 4), parts=(Part("a", "b", 1, 1),))
    with pytest.raises(InputError, match=r"a, made for another: is not for .* whose weights are others"):
        direction.steer(tiny_llama)
    with direction.steer(tiny_llama, other_model=True):
        decode(tiny_llama, [Row((20, 21))], 1)
    with direction.steer(tiny_llama.network):  # nobody knows whose weights these are; the shape fits
        decode(tiny_llama, [Row((20, 21))], 1)


@pytest.mark.parametrize("strength", [float("nan"), float("inf")])
def test_a_strength_that_is_no_number_is_refused(tiny_llama: Model, strength: float) -> None:
    with pytest.raises(InputError, match="is not finite"):
        Direction({1: torch.ones(48)}).steer(tiny_llama, strength)


def test_a_layer_of_fitted_directions_becomes_a_value() -> None:
    rows = torch.eye(3)
    fitted = Directions("gloom", "lda", rows.flip(0), rows, torch.tensor([1.0, 10, 100]), top_share(rows))
    found = fitted.at(1, -0.5)
    assert_close(found.vectors[1], torch.tensor([0.0, -5, 0]))
    assert found.parts == (Part("gloom", "lda", 1, -5.0, 10.0),)
    with pytest.raises(InputError, match="layer 3: is not in the vectors; name one from 0 to 2"):
        fitted.at(3, 1.0)
