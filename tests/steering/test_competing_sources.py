"""Several methods and positions in one search."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from traitscope.config import SteerSettings
from traitscope.steering import (
    Cost,
    Evaluation,
    Source,
    Terrain,
    best_by_source,
    competing_step,
    evaluate,
    next_step,
    search_size,
)

ONE, OTHER = Source("mean_diff", "response[:5]"), Source("probe", "prompt[-1]")
COSTS = [Cost(strength, 4 * strength**2) for strength in (0.1, 0.2, 0.4, 0.8)]


def terrain(norm: float) -> Terrain:
    layers = range(4)
    return Terrain(dict.fromkeys(layers, norm), 95.0, dict.fromkeys(layers, COSTS))


def judged(point_layer: int, coefficient: float, norm: float) -> tuple[float, float]:
    strength = coefficient / norm
    return 50 + strength * (20 + point_layer), 90.0 if strength < 0.5 else 40.0


@pytest.mark.parametrize("policy", ["binary", "frontier", "fixed"])
def test_each_moves_as_if_it_were_alone_and_a_step_of_all_is_one_batch(
    policy: str, settings: Callable[..., SteerSettings]
) -> None:
    chosen = settings(policy=policy, strengths=(0.2, 0.4, 0.6) if policy == "fixed" else None, start=0.4)
    terrains = {ONE: terrain(10.0), OTHER: terrain(7.0)}

    def run(grounds: dict[Source, Terrain]) -> list[Evaluation]:
        past: list[Evaluation] = []
        number = 0
        while step := competing_step(chosen, grounds, past):
            number += 1
            assert {point.source for point in step.points} == set(grounds)
            for point in step.points:
                norm = grounds[point.source].base_norms[point.layer]
                trait, coherence = judged(point.layer, point.coefficient, norm)
                scores = [trait] * step.questions, [coherence] * step.questions
                past.append(evaluate(number, point, norm, *scores, [50.0] * 10, 70))
        return past

    together = run(terrains)
    for source, ground in terrains.items():
        alone = run({source: ground})
        assert [one for one in together if one.point.source == source] == alone
    size = search_size(chosen, range(4), depth=4, sources=2)
    assert sum(one.questions for one in together) == size.answers
    assert len({one.step for one in together}) == len(size.coarse)


def test_one_source_alone_is_the_policy_itself(settings: Callable[..., SteerSettings]) -> None:
    chosen, ground = settings(start=0.4), terrain(10.0)
    step, plain = competing_step(chosen, {ONE: ground}, []), next_step(chosen, ground, [])
    assert step is not None
    assert plain is not None
    assert [replace(point, method="", position="") for point in step.points] == plain.points
    assert {point.source for point in step.points} == {ONE}


def test_the_best_of_each_direction_is_its_largest_coherent_delta(
    evaluation: Callable[..., Evaluation],
) -> None:
    def along(source: Source, *values: object, **more: object) -> Evaluation:
        found = evaluation(*values, **more)
        return replace(found, point=replace(found.point, method=source.method, position=source.position))

    best, lost = along(OTHER, 3, 2.0, delta=20.0), along(ONE, 5, 1.0, delta=12.0)
    others = [along(ONE, 5, 2.0, delta=40.0, coherent=False), along(OTHER, 2, 1.0, delta=3.0)]
    assert best_by_source([*others, lost, best], "induce") == {OTHER: best, ONE: lost}
    assert set(best_by_source([others[0]], "induce")) == set()
