"""Paper figures: which are drawn, and that the same view gives the same bytes."""

from dataclasses import replace
from pathlib import Path

import example_view

from traitscope.report import ReportView
from traitscope.report.figures import write_figures

PNG = b"\x89PNG\r\n\x1a\n"


def test_each_figure_is_drawn_as_svg_and_png_and_the_same_each_time(view: ReportView, tmp_path: Path) -> None:
    one = replace(view, traits=view.traits[:1], comparisons=view.comparisons[:1])
    paths = write_figures(one, tmp_path / "a")
    assert write_figures(one, tmp_path / "b") == paths
    names = ["search-gloom", "detection-gloom", "comparison-chat-to-gloomy-neutral"]
    assert paths == tuple(f"figures/{name}.{kind}" for name in names for kind in ("svg", "png"))
    for path in paths:
        content = (tmp_path / "a" / path).read_bytes()
        assert content == (tmp_path / "b" / path).read_bytes()
        assert content.startswith(PNG) if path.endswith("png") else b"<svg" in content
        assert b"<dc:date>" not in content and b"matplotlib version" not in content.lower()


def test_only_what_exists_is_drawn(tmp_path: Path) -> None:
    view = example_view.only_extracted()
    assert write_figures(replace(view, traits=view.traits[:1]), tmp_path) == (
        "figures/detection-gloom.svg",
        "figures/detection-gloom.png",
    )
    assert write_figures(example_view.nothing_done(), tmp_path) == ()


def test_names_with_dollars_or_slashes_are_neither_formulas_nor_folders(
    view: ReportView, tmp_path: Path
) -> None:
    named = replace(view.traits[0], name="../$\\frac$")
    paths = write_figures(replace(view, traits=(named,), comparisons=()), tmp_path)
    assert paths[0] == "figures/search-frac.svg"
    assert {path.parent for path in tmp_path.rglob("*.*")} == {tmp_path / "figures"}
