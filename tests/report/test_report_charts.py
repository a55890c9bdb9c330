"""Drawings: what stands where, and that every one is well-formed whatever the names."""

from dataclasses import replace
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traitscope.report import (
    Absent,
    Estimate,
    Evaluation,
    LayerScores,
    NullBand,
    ReportView,
    SteeringView,
    charts,
)
from traitscope.report.charts.svg import Scale, element, ticks

HOSTILE = "a\"b'<script>&</svg>"


@pytest.fixture(scope="module")
def steering(view: ReportView) -> SteeringView:
    found = view.traits[0].steering
    assert isinstance(found, SteeringView)
    return found


def drawn(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(markup)


def of_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [one for one in root.iter() if name in one.get("class", "").split()]


def keys_of(steering: SteeringView) -> dict[Any, str]:
    return {e.place: f"g.{e.layer}.{e.step}" for e in steering.evaluations}


def test_every_evaluation_is_a_mark_and_only_incoherent_ones_are_hollow(steering: SteeringView) -> None:
    root = drawn(charts.search_path(steering.evaluations, steering.best, keys_of(steering), "path"))
    marks = of_class(root, "mark")
    assert len(marks) == len(steering.evaluations)
    hollow = [mark for mark in marks if "hollow" in mark.get("class", "")]
    assert len(hollow) == sum(not e.coherent for e in steering.evaluations)
    assert {mark.find("title") is not None for mark in marks} == {True}


def test_the_ring_stands_at_the_best_evaluation(steering: SteeringView) -> None:
    root = drawn(charts.search_path(steering.evaluations, steering.best, keys_of(steering), "path"))
    (ring,) = of_class(root, "ring")
    assert isinstance(steering.best, Evaluation)
    key = f"g.{steering.best.layer}.{steering.best.step}"
    (chosen,) = [group for group in root.iter("g") if group.get("data-evaluation") == key]
    (mark,) = of_class(chosen, "mark")
    assert (ring.get("cx"), ring.get("cy")) == (mark.get("cx"), mark.get("cy"))


def test_a_stronger_evaluation_stands_higher(steering: SteeringView) -> None:
    root = drawn(charts.search_path(steering.evaluations, steering.best, keys_of(steering), "path"))
    heights = {g.get("data-evaluation"): float(of_class(g, "mark")[0].get("cy", "")) for g in root.iter("g")}
    column = sorted((e for e in steering.evaluations if e.layer == 18), key=lambda e: e.relative_strength)
    for weaker, stronger in pairwise(column):
        assert heights[f"g.18.{stronger.step}"] < heights[f"g.18.{weaker.step}"]


def test_more_of_the_trait_is_orange_and_less_is_blue(steering: SteeringView) -> None:
    base = replace(steering.evaluations[0], coherent=True)
    three = [replace(base, step=step, delta=delta) for step, delta in ((1, -40.0), (2, 0.0), (3, 40.0))]
    root = drawn(charts.search_path(three, Absent("none"), {}, "path"))
    kinds = [mark.get("class") for mark in of_class(root, "mark")]
    assert kinds == ["mark m0", "mark m10", "mark m20"]


def test_both_heat_maps_print_their_own_figure(steering: SteeringView) -> None:
    for draw, name in ((charts.trait_heat_map, "trait"), (charts.coherence_heat_map, "coherence")):
        root = drawn(draw(steering.evaluations, steering.best, keys_of(steering), "map"))
        written = {g.get("data-evaluation"): of_class(g, "figure")[0].text for g in root.iter("g")}
        for evaluation in steering.evaluations:
            value = getattr(evaluation, name)
            expected = "-" if isinstance(value, Absent) else f"{value:.1f}"
            assert written[f"g.{evaluation.layer}.{evaluation.step}"] == expected
        assert len(of_class(root, "chosen")) == 1


def test_a_search_without_evaluations_is_said_to_be_empty() -> None:
    for draw in (charts.search_path, charts.trait_heat_map, charts.coherence_heat_map):
        root = drawn(draw([], Absent("none"), {}, "empty"))
        assert "".join(root.itertext()) == "nothing was evaluated"


def test_the_band_spans_its_two_quantiles_on_the_bars_scale(view: ReportView) -> None:
    root = drawn(charts.bar(0.4, 0.5, "inside", NullBand(-0.1, 0.2, 2000)))
    (band,) = of_class(root, "band")
    (zero,) = of_class(root, "zero")
    unit = (220 - 12) / 1.0
    origin = float(zero.get("x1", ""))
    assert float(band.get("x", "")) == pytest.approx(origin - 0.1 * unit, abs=0.1)
    assert float(band.get("width", "")) == pytest.approx(0.3 * unit, abs=0.2)


def test_a_whisker_spans_the_interval_and_a_missing_bar_has_none() -> None:
    root = drawn(charts.bar(Estimate(10.0, 5.0, 20.0, 20, "questions"), 40.0, "behaviour"))
    across = of_class(root, "whisker")[0]
    unit = (220 - 12) / 80
    assert float(across.get("x2", "")) - float(across.get("x1", "")) == pytest.approx(15 * unit, abs=0.2)
    missing = drawn(charts.bar(Absent("no judge"), 40.0, "behaviour"))
    assert of_class(missing, "whisker") == [] and "none" in missing.get("class", "")


def test_bars_of_all_comparisons_share_one_scale(view: ReportView) -> None:
    reaches = charts.reaches(view.comparisons)
    ends = [
        row.behaviour.high
        for c in view.comparisons
        for row in c.ranking
        if isinstance(row.behaviour, Estimate)
    ]
    assert reaches.behaviour == pytest.approx(1.04 * max(ends))
    assert reaches.inside == pytest.approx(1.04 * (0.4123 + 0.0826))
    assert charts.reaches([]) == (0, 0, 0, 0)


def test_each_score_stands_over_the_band_of_its_own_trait(view: ReportView) -> None:
    ranking = view.comparisons[0].ranking
    wide = replace(ranking[1], band=NullBand(-0.4, 0.4, 2000))
    root = drawn(charts.score_strip([ranking[0], wide], 0.5, "scores"))
    widths = [float(band.get("width", "")) for band in of_class(root, "band")]
    assert isinstance(ranking[0].band, NullBand)
    expected = (ranking[0].band.high - ranking[0].band.low) / 0.8
    assert widths[0] / widths[1] == pytest.approx(expected, abs=0.01)
    assert len(of_class(root, "whisker")) == 2


def test_a_layer_map_tints_up_and_down_apart_and_names_every_cell() -> None:
    scores = LayerScores((21, 22), {"gloom": (0.4, -0.4), "hedging": (0.0, 0.1)})
    root = drawn(charts.layer_map(scores, 0.4, "map"))
    cells = [one for one in root.iter() if one.tag.endswith("rect")]
    assert [one.get("class") for one in cells] == ["f20", "f0", "f10", "f12"]
    assert "gloom · layer 22 · score −0.400" in "".join(root.itertext())


def test_a_layer_map_of_many_layers_keeps_its_cells_inside_the_drawing() -> None:
    layers = tuple(range(56, 96))
    root = drawn(charts.layer_map(LayerScores(layers, {"gloom": (0.1,) * 40}), 0.1, "map"))
    ends = [
        float(c.get("x", "")) + float(c.get("width", ""))
        for c in root.iter()
        if c.get("x") and c.get("width")
    ]
    assert max(ends) <= 352
    ticks = [float(one.get("x", "")) for one in of_class(root, "tick")]
    assert all(right - left >= 14 for left, right in pairwise(ticks))


def test_a_series_begins_at_nothing_and_leaves_steps_without_a_figure_out(view: ReportView) -> None:
    steps = [Absent("no judge"), Estimate(10.0, 5.0, 15.0, 20, "questions")]
    root = drawn(charts.series_lines(("a", "b", "c"), steps, 20.0, "behaviour", "series"))
    (path,) = of_class(root, "curve")
    points = [tuple(map(float, one.split(","))) for one in path.get("points", "").split()]
    assert len(points) == 2 and points[1][1] < points[0][1]
    assert len(of_class(root, "whisker")) == 1
    nothing = drawn(charts.series_lines(("a", "b"), steps[:1], 20.0, "behaviour", "series"))
    assert "no judge" in "".join(nothing.itertext())


def test_groups_share_one_scale_and_small_ones_say_so(view: ReportView) -> None:
    grouped = view.comparisons[0].groups[0]
    assert charts.groups_reach(grouped) == pytest.approx(1.04 * 0.307)
    text = "".join(drawn(charts.group_shifts(grouped, "gloom", 0.32, "groups")).itertext())
    assert "work (31)" in text and "1 prompt, 3 at the least" in text


def test_labels_of_curves_that_end_together_do_not_overlap(view: ReportView) -> None:
    detection = view.traits[0].detection
    assert not isinstance(detection, Absent)
    rows = [replace(row, auc=0.5, auc_shuffled=0.5, auc_random=0.5) for row in detection.curves[0].layers]
    root = drawn(charts.detection_curves(replace(detection.curves[0], layers=tuple(rows)), 3, "flat"))
    heights = sorted(float(name.get("y", "")) for name in of_class(root, "name"))
    assert all(lower - upper >= 11.9 for upper, lower in pairwise(heights))


def test_each_arm_with_a_delta_is_a_row(steering: SteeringView) -> None:
    root = drawn(charts.arm_intervals(steering.arms, "arms"))
    names = ["winner", "random 1", "random 2", "random 3", "other formality", "shuffled", "prompt"]
    assert [one.text for one in of_class(root, "trait")] == names
    assert len(of_class(root, "whisker")) == 7


def test_every_drawing_is_well_formed_and_named_whatever_the_names(
    view: ReportView, steering: SteeringView
) -> None:
    planted = view.comparisons[0]
    ranking = [replace(row, trait=row.trait + HOSTILE) for row in planted.ranking]
    detection = view.traits[0].detection
    assert not isinstance(detection, Absent)
    keys = dict.fromkeys(keys_of(steering), HOSTILE)
    series = view.series[0].traits["gloom"][0]
    groups = replace(
        planted.groups[0], groups=tuple(replace(one, value=HOSTILE) for one in planted.groups[0].groups)
    )
    drawings = [
        charts.search_path(steering.evaluations, steering.best, keys, HOSTILE),
        charts.trait_heat_map(steering.evaluations, steering.best, keys, HOSTILE),
        charts.coherence_heat_map(steering.evaluations, steering.best, keys, HOSTILE),
        charts.detection_curves(detection.curves[0], 18, HOSTILE),
        charts.norm_curve(view.traits[0].base_norms, HOSTILE),
        charts.arm_intervals([replace(arm, name=arm.name + HOSTILE) for arm in steering.arms], HOSTILE),
        charts.bar(0.1, 0.5, HOSTILE),
        charts.score_strip(ranking, 0.5, HOSTILE),
        charts.layer_map(
            LayerScores((3, 4), {HOSTILE: (0.1, -0.2)}),
            0.2,
            HOSTILE,
        ),
        charts.series_lines((HOSTILE, HOSTILE), [Absent(HOSTILE)], 0.5, "score", HOSTILE),
        charts.series_lines((HOSTILE, HOSTILE), [series.inside], 0.5, HOSTILE, HOSTILE, [series.band]),
        charts.group_shifts(groups, "gloom", 0.5, HOSTILE),
    ]
    for markup in drawings:
        assert drawn(markup).get("aria-label") == HOSTILE
        assert "<script>" not in markup


def test_an_element_escapes_texts_and_attributes() -> None:
    root = drawn(element("text", HOSTILE, data_x=HOSTILE, class_=None, x=1.0))
    assert root.text == HOSTILE
    assert root.attrib == {"data-x": HOSTILE, "x": "1"}


@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e4), st.integers(1, 8))
def test_ticks_are_even_and_inside_their_range(low: float, width: float, count: int) -> None:
    high = low + width
    found = ticks(low, high, count)
    slack = 1e-6 * max(abs(low), abs(high), width)
    assert all(low - slack <= tick <= high + slack for tick in found)
    assert len(found) <= count + 2
    steps = [second - first for first, second in pairwise(found)]
    assert all(step == pytest.approx(steps[0], rel=1e-6, abs=slack) for step in steps)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_a_scale_keeps_order_and_stays_between_its_ends(first: float, second: float) -> None:
    scale = Scale(-3.0, 5.0, 10.0, 90.0)
    low, high = sorted((first, second))
    assert 10.0 <= scale(low) <= scale(high) <= 90.0


def test_a_scale_without_width_puts_everything_in_the_middle() -> None:
    assert Scale(2.0, 2.0, 0.0, 10.0)(2.0) == 5.0
