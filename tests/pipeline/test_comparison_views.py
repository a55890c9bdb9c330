"""What is stored of a comparison, read back for the report: also from files that hold less, or more."""

import polars as pl
import pytest
from tiny_run import Tiny

from traitscope.experiment import open_experiment
from traitscope.pipeline import look
from traitscope.pipeline.report.views import comparisons as views
from traitscope.pipeline.report.views import report_view
from traitscope.report import Absent, Dose, Estimate, LayerScores, NullBand, ReportView


def seen(tiny: Tiny) -> ReportView:
    return report_view(look(open_experiment(tiny.file)))


def test_each_trait_stands_over_its_own_null_and_has_its_interval(finished: Tiny) -> None:
    view = seen(finished)
    stored = finished.json("compare/chat_vs_moved/everyday/comparison.json")
    for row, kept in zip(view.comparisons[0].ranking, stored["ranking"], strict=True):
        null = kept["nulls"][stored["null"]]
        assert isinstance(row.band, NullBand) and isinstance(row.inside, Estimate)
        assert (row.band.low, row.band.high) == (null["low"], null["high"])
        assert (row.inside.low, row.inside.high) == (kept["score_low"], kept["score_high"])


def test_the_mean_over_the_layer_map_is_the_score(finished: Tiny) -> None:
    comparison = seen(finished).comparisons[0]
    assert isinstance(comparison.layers, LayerScores)
    for row in comparison.ranking:
        scores = comparison.layers.scores[row.trait]
        assert sum(scores) / len(scores) == pytest.approx(row.score)


def test_everything_is_listed_and_a_control_is_named(finished: Tiny) -> None:
    found = [(one.before, one.after, one.control, one.state) for one in seen(finished).compared]
    assert found == [("chat", "moved", "", "done"), ("chat", "plain", "plain", "done")]


def test_the_inside_line_is_calibrated_nowhere_yet(finished: Tiny) -> None:
    assert all("nobody has shown" in one.calibration for one in seen(finished).comparisons)


def test_what_else_moved_is_said_where_it_is_stored() -> None:
    stored = {"explained": 0.124, "agreement": 0.913}
    assert views._something_else(stored) == views._something_else(stored | {"something_else": False}) == ""
    said = views._something_else(stored | {"something_else": True})
    assert "cosine 0.91" in said and "span 12 % of that" in said
    named = views._something_else(
        stored | {"something_else": True, "likelier": [" sea"], "less_likely": [" land", "!"]}
    )
    assert named.endswith(" Likelier next tokens: ' sea'; less likely: ' land', '!'.")


def test_beside_the_top_spans_stand_those_of_random_directions(finished: Tiny) -> None:
    found = finished.json("compare/chat_vs_moved/everyday/comparison.json")
    assert list(found["random_spans"]) == list(found["spans"])
    for trait, spans in found["random_spans"].items():
        means = [abs(span["mean"]) for span in spans]
        assert len(spans) == 3 and means == sorted(means, reverse=True) and means[0] > 0
        assert spans != found["spans"][trait][:3]
    assert len(found["likelier"]) == len(found["less_likely"]) == 8
    page = (finished.root / "report/index.html").read_text()
    assert page.count("along a random direction at each trait's layer") == 2
    assert "Largest along a random direction" in (finished.root / "report/report.md").read_text()


def test_an_opening_alone_is_said_where_it_is_stored() -> None:
    assert views._opening({}) == views._opening({"opening_only": False}) == ""
    assert "last prompt token" in views._opening({"opening_only": True})


def test_the_change_on_cut_answers_has_its_interval_or_its_reason() -> None:
    cut = views._cut({"behaviour_cut": {"mean": 3.0, "low": 1.0, "high": 5.0, "n": 20}})
    assert cut == Estimate(3.0, 1.0, 5.0, 20, "questions")
    row = {"behaviour_cut": None, "behaviour_cut_reason": "no judge for this trait"}
    assert views._cut(row) == Absent("no judge for this trait")


def test_figures_that_were_not_stored_are_absent() -> None:
    none = Absent("not measured")
    assert views._dose({}) == Dose(none, none, none, none, none)
    assert isinstance(views._layers(pl.DataFrame(), ["gloom"]), Absent)


def test_a_series_is_shown_once_all_of_it_is_compared(finished: Tiny) -> None:
    finished.change(
        "compare:\n  - {before: chat, after: moved}\n  - {before: chat, after: plain}\n",
        "compare:\n  series: [[chat, plain, moved]]\n",
    )
    view = seen(finished)
    (series,) = view.series
    assert (series.first, series.later, series.prompts) == ("chat", ("plain", "moved"), "everyday")
    moved = next(one for one in view.comparisons if one.after == "moved")
    assert {row.trait: row.inside for row in moved.ranking} == {
        trait: steps[1].inside for trait, steps in series.traits.items()
    }
    assert finished.states()["report"] == "stale"


def test_the_score_at_a_traits_own_layer_is_that_of_the_table_where_that_layer_decides(
    finished: Tiny,
) -> None:
    import polars as pl

    found = finished.json("compare/chat_vs_moved/everyday/comparison.json")
    inside = pl.read_parquet(finished.root / "compare/chat_vs_moved/everyday/inside.parquet")
    decides = inside.filter(pl.col("decides"))
    compared = 0
    for row in found["ranking"]:
        same = decides.filter(trait=row["trait"], layer=row["layer"])["score"]
        if len(same):
            assert row["score_at_layer"] == pytest.approx(same[0], rel=1e-6)
            compared += 1
        assert -1 <= row["score_at_layer"] <= 1
    assert compared  # a trait that no steering placed is read at a layer that decides
