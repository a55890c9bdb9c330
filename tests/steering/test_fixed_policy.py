"""The `fixed` policy: every layer is tried at every strength, in the order of the file; then it is over."""

from collections.abc import Callable

import pytest

from traitscope.config import SteerSettings
from traitscope.steering import Evaluation, nothing_coherent, search_size
from traitscope.steering.fixed import fixed_points

Make = Callable[..., Evaluation]
Settings = Callable[..., SteerSettings]


@pytest.mark.parametrize(("push", "sign"), [("induce", 1), ("suppress", -1)])
def test_every_layer_has_every_strength_in_turn(
    evaluation: Make, settings: Settings, push: str, sign: int
) -> None:
    chosen = settings(policy="fixed", strengths=(0.3, 0.1, 0.5), push=push)
    norms = {4: 10.0, 7: 100.0}
    past: list[Evaluation] = []
    tried = []
    while points := fixed_points(chosen, norms, past):
        tried.append([(point.layer, point.coefficient) for point in points])
        past += [evaluation(point.layer, point.coefficient, coherent=False) for point in points]
    expected = [[(4, 10 * one * sign), (7, 100 * one * sign)] for one in (0.3, 0.1, 0.5)]
    assert tried == [[(layer, pytest.approx(value)) for layer, value in step] for step in expected]
    assert search_size(chosen, range(2), 2).answers == 3 * 2 * chosen.questions


def test_a_grid_that_is_all_too_strong_says_what_to_add(evaluation: Make, settings: Settings) -> None:
    chosen = settings(policy="fixed", strengths=(0.6, 0.4), threshold=70)
    found = nothing_coherent([evaluation(4, 4.0, coherent=False)], chosen)
    assert found.endswith("; add a strength below 0.4 to steer.strengths")
