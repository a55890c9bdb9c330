"""The `binary` policy against trajectories worked out by hand, and what holds for all of them."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.config import SteerSettings
from traitscope.steering import Evaluation
from traitscope.steering.binary import binary_points

Make = Callable[..., Evaluation]
Settings = Callable[..., SteerSettings]

verdicts = st.lists(st.booleans(), max_size=12)
norms = st.floats(1e-3, 1e4)


def trajectory(
    settings: SteerSettings, evaluation: Make, coherent: Sequence[bool], norm: float = 10.0
) -> list[float]:
    """Coefficients tried at layer 5, the one that would come next included."""
    past: list[Evaluation] = []
    coefficients = []
    for one in (*coherent, None):
        (point,) = binary_points(settings, {5: norm}, past)
        assert point.layer == 5
        coefficients.append(point.coefficient)
        past.append(evaluation(5, point.coefficient, coherent=bool(one)))
    return coefficients


@pytest.mark.parametrize(
    ("coherent", "expected"),
    [
        # v: 1.06, then 0.7 * 1.06 + 0.3 * 1.2 = 1.102, then 1.1314
        ((True, True, True), (7, 7.42, 8.17684, 9.251276776)),
        # v: 0.955, then 0.7 * 0.955 + 0.3 * 0.85 = 0.9235, then 0.90145
        ((False, False, False), (7, 6.685, 6.1735975, 5.565189466375)),
        # v: 1.06, then 0.7 * 1.06 + 0.3 * 0.85 = 0.997, then 0.7 * 0.997 + 0.3 * 1.2 = 1.0579
        ((True, False, True), (7, 7.42, 7.39774, 7.826069146)),
    ],
)
def test_the_reference_trajectories_are_those_worked_out_by_hand(
    coherent: tuple[bool, ...], expected: tuple[float, ...], settings: Settings, evaluation: Make
) -> None:
    found = trajectory(settings(start=0.7, steps=4), evaluation, coherent)
    assert found == pytest.approx(expected, rel=1e-12)


def test_other_settings_give_the_trajectory_worked_out_by_hand(settings: Settings, evaluation: Make) -> None:
    # Without momentum the velocity is the drive itself: 4 * 1.5, then 6 * 0.5, then 3 * 1.5.
    chosen = settings(start=0.5, steps=4, up=1.5, down=0.5, momentum=0.0)
    found = trajectory(chosen, evaluation, (True, False, True), norm=8.0)
    assert found == pytest.approx((4, 6, 3, 4.5))


def test_nothing_is_tried_once_every_step_is_done(settings: Settings, evaluation: Make) -> None:
    chosen = settings(steps=2)
    assert binary_points(chosen, {5: 1.0}, [evaluation(5), evaluation(5)]) == []
    assert [
        point.layer for point in binary_points(chosen, {5: 1.0, 6: 1.0}, [evaluation(5), evaluation(5)])
    ] == [6]


def test_all_layers_start_together_each_at_its_own_norm(settings: Settings) -> None:
    found = binary_points(settings(start=0.35), {3: 10.0, 4: 20.0, 9: 1.0}, [])
    assert [(point.layer, point.coefficient) for point in found] == [
        (3, pytest.approx(3.5)),
        (4, pytest.approx(7.0)),
        (9, pytest.approx(0.35)),
    ]


@given(coherent=verdicts)
def test_every_step_stays_between_down_and_up(
    coherent: list[bool], settings: Settings, evaluation: Make
) -> None:
    found = trajectory(settings(steps=20), evaluation, coherent)
    for before, after in pairwise(found):
        assert 0.85 - 1e-12 <= after / before <= 1.2 + 1e-12


@given(times=st.integers(1, 12))
def test_a_coherent_run_pushes_ever_harder_and_an_incoherent_one_ever_less(
    times: int, settings: Settings, evaluation: Make
) -> None:
    rising = trajectory(settings(steps=20), evaluation, [True] * times)
    falling = trajectory(settings(steps=20), evaluation, [False] * times)
    assert rising == sorted(rising)
    assert falling == sorted(falling, reverse=True)
    assert falling[-1] > 0


@given(coherent=verdicts, norm=norms)
def test_coefficients_are_in_units_of_the_base_norm(
    coherent: list[bool], norm: float, settings: Settings, evaluation: Make
) -> None:
    one = trajectory(settings(steps=20), evaluation, coherent, norm=1.0)
    found = trajectory(settings(steps=20), evaluation, coherent, norm=norm)
    assert found == pytest.approx([norm * coefficient for coefficient in one], rel=1e-9)


@given(coherent=verdicts)
def test_suppressing_mirrors_every_coefficient(
    coherent: list[bool], settings: Settings, evaluation: Make
) -> None:
    induced = trajectory(settings(steps=20), evaluation, coherent)
    suppressed = trajectory(settings(steps=20, push="suppress"), evaluation, coherent)
    assert suppressed == [-coefficient for coefficient in induced]


@given(mine=verdicts, others=st.lists(st.tuples(st.sampled_from([4, 6]), st.booleans()), max_size=8))
def test_a_layer_goes_its_own_way_whatever_the_others_find(
    mine: list[bool], others: list[tuple[int, bool]], settings: Settings, evaluation: Make
) -> None:
    chosen = settings(steps=20)
    past = [evaluation(5, coherent=one) for one in mine]
    mixed = [*(evaluation(layer, coherent=one) for layer, one in others), *past]
    alone = binary_points(chosen, {5: 10.0}, past)
    together = binary_points(chosen, {4: 1.0, 5: 10.0, 6: 2.0}, mixed)
    assert [point for point in together if point.layer == 5] == alone
