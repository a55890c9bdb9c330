import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.statistics import holm

shares = st.lists(st.floats(0, 1), max_size=12)


def test_holm_by_hand():
    # sorted .005 .01 .03 .04 -> .02, .03, .06, max(.06, .04)
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_of_one_is_the_value_itself_and_of_none_is_empty():
    assert holm([0.03]) == [0.03]
    assert holm([]) == []


def test_adjusted_values_stop_at_one():
    assert holm([0.9, 0.8, 0.7]) == [1.0, 1.0, 1.0]


@given(shares)
def test_holm_never_lowers_a_value_nor_passes_bonferroni(values):
    for value, adjusted in zip(values, holm(values), strict=True):
        assert value <= adjusted <= min(1.0, value * len(values)) or adjusted == pytest.approx(value)


@given(shares.flatmap(lambda values: st.tuples(st.just(values), st.permutations(range(len(values))))))
def test_holm_does_not_depend_on_the_order(case):
    values, order = case
    adjusted = holm(values)
    assert holm([values[i] for i in order]) == [adjusted[i] for i in order]


@given(shares)
def test_rejections_are_those_of_the_step_down_procedure(values):
    rejected, remaining = set(), sorted(range(len(values)), key=values.__getitem__)
    while remaining and values[remaining[0]] * len(remaining) <= 0.05:
        rejected.add(remaining.pop(0))
    assert {i for i, p in enumerate(holm(values)) if p <= 0.05} == rejected


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_value_that_is_no_probability_is_refused(value):
    with pytest.raises(ValueError):
        holm([0.5, value])
