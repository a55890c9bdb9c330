"""The calibration chart: on the diagonal where scores are the labels, above it where they are higher."""

from xml.etree import ElementTree

import pytest

from traitscope.report.charts.calibration import CalibrationPoint, calibration_chart

HOSTILE = "a\"b'<script>&</svg>"
BINS = (CalibrationPoint(10, 10, 12), CalibrationPoint(50, 70, 9), CalibrationPoint(90, 75, 11))


def dots(root: ElementTree.Element, kind: str) -> list[tuple[float, float]]:
    return [
        (float(one.get("cx", "")), float(one.get("cy", "")))
        for one in root.iter("circle")
        if one.get("class", "").split()[0] == kind
    ]


def test_bins_stand_on_above_and_below_the_diagonal() -> None:
    root = ElementTree.fromstring(calibration_chart(BINS, (), "calibration"))
    (diagonal,) = [one for one in root.iter("line") if one.get("class") == "marker"]
    left, right, low, high = (float(diagonal.get(key, "")) for key in ("x1", "x2", "y1", "y2"))
    heights = [low + (high - low) * (x - left) / (right - left) for x, _ in dots(root, "dot")]
    (on, above, below) = [y - height for (_, y), height in zip(dots(root, "dot"), heights, strict=True)]
    assert on == pytest.approx(0, abs=0.2)
    assert above < -10
    assert below > 10


def test_single_answers_are_drawn_and_every_mark_says_its_numbers() -> None:
    root = ElementTree.fromstring(calibration_chart(BINS, [(0.0, 100.0), (100.0, 0.0)], "calibration"))
    (first, second) = dots(root, "beside")
    assert first[0] < second[0]
    assert first[1] < second[1]
    titles = [one.findtext("title") or "" for one in root.iter("circle")]
    assert titles[:2] == ["label 0.0 · score 100.0", "label 100.0 · score 0.0"]
    assert "9 answers · mean label 50.0 · mean score 70.0" in titles


def test_the_order_of_bins_does_not_matter() -> None:
    assert calibration_chart(BINS[::-1], (), "x") == calibration_chart(BINS, (), "x")


def test_no_scored_answer_is_said() -> None:
    assert "no answer has a score" in calibration_chart((), (), "x")


def test_a_hostile_title_is_escaped() -> None:
    root = ElementTree.fromstring(calibration_chart(BINS, (), HOSTILE))
    assert root.get("aria-label") == HOSTILE
