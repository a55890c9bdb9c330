"""The refinement: which layers it looks at again, with which coefficients, and when it ends."""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from traitscope.config import SteerSettings
from traitscope.errors import InputError
from traitscope.steering import (
    Evaluation,
    Point,
    Site,
    Source,
    best_overall,
    evaluate,
    planned_refinement,
    promised_gain,
    refine_step,
    refined_sites,
)

Settings = Callable[..., SteerSettings]
DEPTH = 40
NORM = 10.0
ONLY = Source()
NORMS = {ONLY: dict.fromkeys(range(DEPTH), NORM)}


def tried(
    layer: int, strength: float, delta: float, coherent: bool = True, reach: float = 1.0, **more: Any
) -> Evaluation:
    """A coarse evaluation whose delta has an interval of +- reach."""
    found: dict[str, Any] = {"step": 1, "questions": 10, "whole": True, "unscored": 0} | more
    return Evaluation(
        point=Point(layer, strength * NORM),
        relative_strength=strength,
        trait=50 + delta,
        coherence=90.0 if coherent else 20.0,
        delta=delta,
        coherent=coherent,
        delta_low=delta - reach,
        delta_high=delta + reach,
        **found,
    )


def layers(sites: Sequence[Site]) -> list[int]:
    return [site.layer for site in sites]


def world(layer: int, strength: float, edge: float = 0.5, peak: int = 20) -> tuple[float, float]:
    """A trait that grows with the strength, most near the peak layer, and a coherence that breaks at the
    edge."""
    return strength * (60 - 4 * abs(layer - peak)), 90.0 if strength <= edge else 20.0


def refined(settings: SteerSettings, coarse: Sequence[Evaluation], edge: float = 0.5) -> list[Evaluation]:
    """Run the refinement in that world to its end."""
    past, number = list(coarse), max(one.step for one in coarse)
    while step := refine_step(settings, NORMS, past):
        number += 1
        assert step.refined
        for point in step.points:
            delta, coherence = world(point.layer, abs(point.coefficient) / NORM, edge)
            one = evaluate(
                number, point, NORM, [50 + delta] * 10, [coherence] * 10, [50.0] * 10, settings.threshold
            )
            past.append(Evaluation(**(vars(one) | {"refined": True})))
    return past


def coarse(searched: Sequence[int], strengths: Sequence[float], edge: float = 0.5) -> list[Evaluation]:
    """What a search over these layers saw of that world."""
    found = []
    for step, strength in enumerate(strengths, start=1):
        for layer in searched:
            delta, coherence = world(layer, strength, edge)
            found.append(tried(layer, strength, delta, coherence > 70, reach=0.1, step=step))
    return found


def test_all_layers_within_three_of_the_best_are_looked_at_the_best_itself_included(
    settings: Settings,
) -> None:
    past = [tried(20, 0.3, 30.0), tried(26, 0.3, 10.0), tried(14, 0.3, 5.0)]
    assert layers(refined_sites(settings(refine="auto"), NORMS, past)) == [17, 18, 19, 20, 21, 22, 23]


def test_layers_end_where_the_model_does(settings: Settings) -> None:
    assert layers(refined_sites(settings(refine="auto"), NORMS, [tried(1, 0.3, 9.0)])) == [0, 1, 2, 3, 4]
    assert layers(refined_sites(settings(refine="auto"), NORMS, [tried(39, 0.3, 9.0)])) == [36, 37, 38, 39]


def test_the_runner_ups_layers_are_looked_at_where_the_intervals_overlap(settings: Settings) -> None:
    past = [tried(20, 0.3, 30.0, reach=4.0), tried(30, 0.3, 24.0, reach=4.0), tried(10, 0.3, 23.0, reach=9.0)]
    assert layers(refined_sites(settings(refine="auto"), NORMS, past)) == [*range(17, 24), *range(27, 34)]
    apart = [past[0], tried(30, 0.3, 21.0, reach=4.0)]
    assert layers(refined_sites(settings(refine="auto"), NORMS, apart)) == [*range(17, 24)]


def test_a_better_second_try_at_the_best_layer_is_no_runner_up(settings: Settings) -> None:
    past = [tried(20, 0.3, 30.0), tried(20, 0.25, 29.9), tried(30, 0.3, 2.0)]
    assert layers(refined_sites(settings(refine="auto"), NORMS, past)) == [*range(17, 24)]


def test_a_direction_by_another_method_may_be_the_runner_up(settings: Settings) -> None:
    other = Source("probe", "response[:]")
    norms = {ONLY: NORMS[ONLY], other: dict.fromkeys(range(DEPTH), 20.0)}
    rival = tried(20, 0.3, 29.5)
    rival = Evaluation(**(vars(rival) | {"point": Point(20, 6.0, *other)}))
    sites = refined_sites(settings(refine="auto"), norms, [tried(20, 0.3, 30.0), rival])
    assert sites == [Site(layer, source) for layer in range(17, 24) for source in (ONLY, other)]
    step = refine_step(settings(refine="auto"), norms, [tried(20, 0.3, 30.0), rival])
    assert step is not None
    assert {point.source for point in step.points} == {ONLY, other}
    # The same strength is twice the coefficient where the residuals are twice as long.
    by_site = {point.site: point.coefficient for point in step.points}
    assert by_site[Site(21, other)] == pytest.approx(2 * by_site[Site(21, ONLY)])


def test_ranges_take_the_layers_that_they_name_searched_or_not(settings: Settings) -> None:
    past = coarse([28, 30, 32], [0.4, 0.6])
    step = refine_step(settings(refine="30:36"), NORMS, past)
    assert step is not None
    assert [point.layer for point in step.points] == [30, 31, 32, 33, 34, 35, 36]
    new = next(point for point in step.points if point.layer == 30)
    assert new.coefficient not in {one.point.coefficient for one in past}


def test_a_range_of_a_trait_without_a_coherent_evaluation_goes_below_what_broke(settings: Settings) -> None:
    past = [tried(layer, 0.7, 40.0, coherent=False) for layer in (20, 22)]
    step = refine_step(settings(refine="20:22"), NORMS, past)
    assert step is not None
    assert [point.coefficient for point in step.points] == pytest.approx([7 / 1.2] * 3)
    assert refine_step(settings(refine="auto"), NORMS, past) is None


def test_nothing_is_refined_unless_it_is_asked_for(settings: Settings) -> None:
    assert settings().refine == "none"
    assert refine_step(settings(), NORMS, [tried(20, 0.3, 30.0)]) is None


def test_a_searched_layer_is_tried_between_its_own_coherent_and_incoherent_pushes(settings: Settings) -> None:
    past = [
        tried(20, 0.3, 20.0),
        tried(20, 0.36, 24.0),
        tried(20, 0.5, 40.0, coherent=False),
        tried(20, 0.8, 50.0, coherent=False),
        tried(22, 0.2, 1.0),
        tried(22, 0.25, 9.0, coherent=False),
    ]
    step = refine_step(settings(refine="auto"), NORMS, past)
    assert step is not None
    by_layer = {point.layer: point.coefficient / NORM for point in step.points}
    assert by_layer[20] == pytest.approx(sqrt(0.36 * 0.5))
    assert by_layer[22] == pytest.approx(sqrt(0.2 * 0.25))
    # Between the two searched layers the bracket holds both of theirs; beyond them it is the nearest one's.
    assert by_layer[21] == pytest.approx(sqrt(0.2 * 0.5))
    assert by_layer[19] == pytest.approx(sqrt(0.36 * 0.5))
    assert by_layer[23] == pytest.approx(sqrt(0.2 * 0.25))


def test_without_an_incoherent_push_the_next_is_a_fifth_stronger(settings: Settings) -> None:
    step = refine_step(settings(refine="20"), NORMS, [tried(20, 0.3, 20.0)])
    assert step is not None
    assert step.points[0].coefficient == pytest.approx(1.2 * 0.3 * NORM)


def test_a_missing_side_is_borrowed_from_the_nearest_layer(settings: Settings) -> None:
    past = [tried(20, 0.3, 20.0), tried(22, 0.4, 9.0), tried(22, 0.6, 9.0, coherent=False)]
    step = refine_step(settings(refine="20"), NORMS, past)
    assert step is not None
    assert step.points[0].coefficient == pytest.approx(sqrt(0.3 * 0.6) * NORM)


def test_a_bracket_that_is_closed_is_left_for_weaker_pushes(settings: Settings) -> None:
    past = [tried(20, 0.3, 20.0), tried(20, 0.38, 20.0), tried(20, 0.4, 20.0, coherent=False)]
    step = refine_step(settings(refine="20"), NORMS, past)
    assert step is not None
    assert step.points[0].coefficient == pytest.approx(sqrt(0.3 * 0.38) * NORM)


def test_suppression_pushes_the_other_way_from_the_smallest_delta(settings: Settings) -> None:
    past = [tried(20, -0.3, -30.0), tried(30, -0.3, 30.0)]
    step = refine_step(settings(refine="auto", push="suppress"), NORMS, past)
    assert step is not None
    assert [point.layer for point in step.points] == [*range(17, 24)]
    assert all(point.coefficient < 0 for point in step.points)


def test_evaluations_on_some_of_the_questions_say_where_a_layer_breaks_if_nothing_else_does(
    settings: Settings,
) -> None:
    partial = {"questions": 3, "whole": False}
    past = [tried(20, 0.3, 30.0), tried(22, 0.2, 9.0, **partial), tried(22, 0.3, 9.0, False, **partial)]
    step = refine_step(settings(refine="auto"), NORMS, past)
    assert step is not None
    by_layer = {point.layer: point.coefficient / NORM for point in step.points}
    assert by_layer[22] == pytest.approx(sqrt(0.2 * 0.3))


def test_the_first_step_tries_all_layers_and_each_further_one_the_better_half(settings: Settings) -> None:
    chosen = settings(refine="auto", refine_steps=4)
    past = refined(chosen, coarse([14, 18, 22, 26], [0.3, 0.45, 0.6]))
    by_step = {step: [one for one in past if one.step == step and one.refined] for step in (4, 5, 6, 7)}
    assert [len(some) for some in by_step.values()] == [11, 6, 3, 2]
    assert {one.point.layer for one in by_step[6]} == {19, 20, 21}


def test_a_peak_between_searched_layers_is_found_close_under_its_edge(settings: Settings) -> None:
    before = coarse([12, 17, 22, 27], [0.3, 0.42, 0.62])
    best, after = best_overall(before, "induce"), refined(settings(refine="auto", refine_steps=3), before)
    found = best_overall(after, "induce")
    assert best is not None
    assert found is not None
    assert best.point.layer != 20
    assert found.point.layer == 20
    assert 0.45 < found.relative_strength <= 0.5
    assert best.delta is not None
    assert found.delta is not None
    assert found.delta > best.delta
    assert found.refined


def test_a_gain_is_promised_in_proportion_to_the_strength(settings: Settings) -> None:
    past = [tried(20, 0.4, 20.0), tried(20, 0.5, 40.0, coherent=False), tried(30, 0.2, 1.0)]
    promised = promised_gain(settings(refine="auto"), NORMS, past)
    between = sqrt(0.4 * 0.5)
    assert promised == pytest.approx(20.0 * between / 0.4 - 20.0)
    assert promised_gain(settings(), NORMS, past) == 0


@hypothesis_settings(deadline=None)
@given(
    found=st.lists(
        st.tuples(st.integers(0, 39), st.floats(0.05, 2), st.floats(-90, 90), st.booleans()), max_size=12
    ),
    steps=st.integers(1, 5),
    refine=st.sampled_from(["auto", "none", "5-12"]),
)
def test_any_search_is_refined_deterministically_within_what_was_announced(
    found: list[tuple[int, float, float, bool]], steps: int, refine: str, settings: Settings
) -> None:
    chosen = settings(refine=refine, refine_steps=steps)
    before = [tried(layer, strength, delta, coherent) for layer, strength, delta, coherent in found]
    before = before or [tried(0, 1.0, 0.0, coherent=False)]
    after = refined(chosen, before)
    assert after == refined(chosen, before)
    sizes = planned_refinement(chosen, sorted({one.point.layer for one in before}), DEPTH)
    new = after[len(before) :]
    numbers = sorted({one.step for one in new})
    assert len(numbers) <= len(sizes)
    for number, size in zip(numbers, sizes, strict=False):
        points = [one.point for one in new if one.step == number]
        assert len(points) <= size.points
        assert len({point.site for point in points}) == len(points)
    for one in new:
        others = [abs(other.relative_strength) for other in after if other.point.site == one.point.site]
        assert others.count(abs(one.relative_strength)) == 1


def test_a_range_beyond_the_model_is_refused_in_a_sentence(settings: Settings) -> None:
    with pytest.raises(InputError, match="goes beyond the model, which has 40 layers"):
        refine_step(settings(refine="38:44"), NORMS, [tried(20, 0.3, 1.0)])
