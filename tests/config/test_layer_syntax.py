"""'20:60:2' to layer numbers, both ends counted."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from traitscope.config import check_layers, resolve_layers
from traitscope.errors import InputError


def refusal(text: str, n_layers: int = 80) -> str:
    with pytest.raises(InputError) as caught:
        resolve_layers(text, n_layers, "e.yaml, steer.layers")
    return str(caught.value)


def test_the_references_range_has_21_layers_and_holds_both_ends():
    layers = resolve_layers("20:60:2", 80, "e")

    assert len(layers) == 21
    assert (layers[0], layers[-1]) == (20, 60)


@pytest.mark.parametrize(
    ("text", "n_layers", "layers"),
    [
        ("30:36", 80, (30, 31, 32, 33, 34, 35, 36)),
        ("5-8", 30, (5, 6, 7, 8)),
        ("12,3,7", 30, (3, 7, 12)),
        (" 3 , 7 ", 30, (3, 7)),
        ("2,5-7,10:20:5", 30, (2, 5, 6, 7, 10, 15, 20)),
        ("10:20:7", 30, (10, 17)),
        ("7:7", 30, (7,)),
        ("0", 1, (0,)),
        ("all", 4, (0, 1, 2, 3)),
        ("30%-60%", 11, (3, 4, 5, 6)),
        ("30%-60%", 30, tuple(range(9, 18))),  # 8.7 to 17.4
        ("0%-100%", 5, (0, 1, 2, 3, 4)),
        ("12.5%-12.5%", 9, (1,)),
        ("9,0%-50%", 10, (0, 1, 2, 3, 4, 9)),
    ],
)
def test_each_form_of_the_syntax(text, n_layers, layers):
    assert resolve_layers(text, n_layers, "e") == layers
    check_layers(text, "e")


@given(start=st.integers(0, 200), length=st.integers(0, 200), step=st.integers(1, 50))
def test_a_range_is_every_step_th_layer_from_its_start_to_its_end(start, length, step):
    stop = start + length
    expected = tuple(layer for layer in range(401) if start <= layer <= stop and (layer - start) % step == 0)

    assert resolve_layers(f"{start}:{stop}:{step}", 401, "e") == expected
    if step == 1:
        assert (
            resolve_layers(f"{start}-{stop}", 401, "e")
            == resolve_layers(f"{start}:{stop}", 401, "e")
            == expected
        )


@given(layers=st.sets(st.integers(0, 99), min_size=1))
def test_a_list_of_layers_comes_back_in_ascending_order(layers):
    assert resolve_layers(",".join(map(str, layers)), 100, "e") == tuple(sorted(layers))


@given(low=st.integers(0, 100), high=st.integers(0, 100), n_layers=st.integers(1, 200))
def test_shares_of_the_depth_are_the_nearest_layers_and_all_between(low, high, n_layers):
    assume(low <= high)
    layers = resolve_layers(f"{low}%-{high}%", n_layers, "e")

    assert layers == tuple(range(layers[0], layers[-1] + 1))
    assert set(layers) <= set(range(n_layers))
    for share, layer in ((low, layers[0]), (high, layers[-1])):
        assert abs(Fraction(share, 100) * (n_layers - 1) - layer) <= Fraction(1, 2)


@given(st.text(alphabet="0123456789:-,% al", max_size=12), st.integers(1, 40))
def test_any_text_gives_distinct_layers_of_the_model_or_a_sentence(text, n_layers):
    try:
        layers = resolve_layers(text, n_layers, "here")
    except InputError as refused:
        assert str(refused).startswith("here: ")
    else:
        assert len(set(layers)) == len(layers) > 0
        assert set(layers) <= set(range(n_layers))
        check_layers(text, "here")


@pytest.mark.parametrize(
    ("text", "found", "mend"),
    [
        ("60:20:2", "'60:20:2' runs backwards", "write '20:60:2' (both ends are counted)"),
        ("20-5", "'20-5' runs backwards", "write '5-20'"),
        ("60%-30%", "'60%-30%' runs backwards", "write '30%-60%'"),
        ("", "no layers are given", "write layers such as"),
        ("  ", "no layers are given", "write layers such as"),
        ("3,,7", "a comma has no layer on one side", "write layers such as"),
        ("3,", "a comma has no layer on one side", "write layers such as"),
        ("20:60:0", "'20:60:0' has a step of 0", "write '20:60:1'"),
        ("3,7,3", "layer 3 is named twice", "name each layer once"),
        ("3,1-5", "layer 3 is named twice, again in '1-5'", "name each layer once"),
        ("all,3", "'all,3' names layers beside 'all'", "write 'all' alone"),
        ("0%-50%,50%-100%", "is named twice", "name each layer once"),
        ("50%-120%", "'50%-120%' goes beyond 100 %", "write '50%-100%'"),
        ("late", "'late' is neither a layer", "write layers such as"),
        ("-3", "'-3' is neither a layer (counted from 0)", "write layers such as"),
        ("3.5", "'3.5' is neither", "write layers such as"),
        ("5-20:2", "'5-20:2' is neither", "write layers such as"),
        ("30%", "'30%' is neither", "write layers such as"),
        ("٣", "'٣' is neither", "write layers such as"),
        ("20:80", "'20:80' goes beyond the model, which has 80 layers (0 to 79)", "write layers up to 79"),
        ("80", "'80' goes beyond the model", "write layers up to 79"),
        ("0:99999999999", "'0:99999999999' is deeper than any model", "write layers such as"),
        ("9" * 5000, "is deeper than any model", "write layers such as"),
    ],
)
def test_each_mistake_is_told_with_its_mend(text, found, mend):
    told = refusal(text)

    assert told.startswith("e.yaml, steer.layers: ")
    assert found in told
    assert mend in told


def test_what_needs_no_model_is_told_before_there_is_one():
    for text in ("", "60:20", "3,3", "20:60:0", "x", "all,3"):
        with pytest.raises(InputError):
            check_layers(text, "e")
    check_layers("5000", "e")  # only a model can tell


def test_a_half_rounds_to_the_even_layer():
    assert resolve_layers("50%-50%", 4, "e") == (2,)  # 1.5
    assert resolve_layers("50%-50%", 6, "e") == (2,)  # 2.5
