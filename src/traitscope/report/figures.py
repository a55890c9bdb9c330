"""Figures for a paper: the search path of each steered trait, detection curves, the bars of each comparison.

SVG and PNG of each, drawn without a screen (Agg), with letters as outlines and without dates, so that the
same view gives the same bytes on the same machine.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from traitscope.report.charts import largest_delta
from traitscope.report.comparison_view import ComparisonView, NullBand
from traitscope.report.naming import slugs
from traitscope.report.palette import INKS, diverging
from traitscope.report.trait_view import DetectionView, Evaluation, SteeringView
from traitscope.report.values import Absent, Estimate, Measured, check_finite
from traitscope.report.view import ReportView

FOLDER = "figures"

_INK, _SOFT, _FAINT, _BAND, _GOOD = (INKS["light"][name] for name in ("ink", "soft", "faint", "band", "good"))
# The keys are literals to the type checker in some releases of matplotlib and plain strings in others.
_STYLE: dict[Any, Any] = {
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": _INK,
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "xtick.color": _SOFT,
    "ytick.color": _SOFT,
    "legend.frameon": False,
    "svg.hashsalt": "traitscope",
    "svg.fonttype": "path",
}


def write_figures(view: ReportView, folder: Path) -> tuple[str, ...]:
    """Draw all figures into `folder`/figures and return their paths relative to `folder`.

    Raises:
        ValueError: a figure of the view is not finite.
    """
    check_finite(view, "view")
    trait_names = slugs(trait.name for trait in view.traits)
    pair_names = slugs(c.key for c in view.comparisons)
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    written: list[str] = []
    with matplotlib.rc_context(_STYLE):
        for trait in view.traits:
            name = trait_names[trait.name]
            if not isinstance(trait.steering, Absent) and trait.steering.evaluations:
                written += _save(_search_path(trait.name, trait.steering), folder, f"search-{name}")
            if not isinstance(trait.detection, Absent):
                written += _save(_detection(trait.name, trait.detection), folder, f"detection-{name}")
        for comparison in view.comparisons:
            if comparison.ranking:
                written += _save(_bars(comparison), folder, f"comparison-{pair_names[comparison.key]}")
    return tuple(written)


def _save(figure: Figure, folder: Path, name: str) -> list[str]:
    paths = [f"{FOLDER}/{name}.svg", f"{FOLDER}/{name}.png"]
    figure.savefig(folder / paths[0], format="svg", metadata={"Date": None, "Creator": None})
    figure.savefig(folder / paths[1], format="png", dpi=200, metadata={"Software": None})
    return paths


def _figure(width: float, height: float, columns: int = 1) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, [figure.add_subplot(1, columns, column + 1) for column in range(columns)]


def _search_path(name: str, steering: SteeringView) -> Figure:
    figure, (axes,) = _figure(4.6, 3.2)
    reach = largest_delta(steering.evaluations) or 1.0
    scale = Normalize(-reach, reach)
    colours = LinearSegmentedColormap.from_list("delta", diverging("light", strong=True))
    for evaluation in steering.evaluations:
        _mark(axes, evaluation, colours, scale)
    if not isinstance(steering.best, Absent):
        axes.plot(
            steering.best.layer,
            steering.best.relative_strength,
            marker="o",
            markersize=11,
            markerfacecolor="none",
            markeredgecolor=_INK,
            linestyle="none",
        )
    mapped = matplotlib.cm.ScalarMappable(scale, colours)
    figure.colorbar(mapped, ax=axes, label="delta (points)", shrink=0.85)
    axes.set(xlabel="layer", ylabel="coefficient / layer's norm")
    square = ", square refined" if any(one.refined for one in steering.evaluations) else ""
    axes.set_title(f"{name}: filled coherent, hollow incoherent{square}")
    return figure


def _mark(axes: Axes, evaluation: Evaluation, colours: LinearSegmentedColormap, scale: Normalize) -> None:
    colour = _FAINT if isinstance(evaluation.delta, Absent) else colours(scale(evaluation.delta))
    axes.plot(
        evaluation.layer,
        evaluation.relative_strength,
        marker="x" if isinstance(evaluation.delta, Absent) else "s" if evaluation.refined else "o",
        markersize=6,
        markerfacecolor=colour if evaluation.coherent else "white",
        markeredgecolor=colour,
        markeredgewidth=1.2,
        linestyle="none",
    )


def _detection(name: str, detection: DetectionView) -> Figure:
    figure, panels = _figure(3.1 * len(detection.curves) + 0.3, 2.7, max(1, len(detection.curves)))
    for axes, curve in zip(panels, detection.curves, strict=False):
        rows = sorted(curve.layers, key=lambda row: row.layer)
        layers = [row.layer for row in rows]
        axes.plot(layers, [row.auc for row in rows], color=_INK, linewidth=1.6, label="real labels")
        axes.plot(
            layers, [row.auc_shuffled for row in rows], color=_SOFT, linestyle="--", label="shuffled labels"
        )
        axes.plot(
            layers, [row.auc_random for row in rows], color=_GOOD, linestyle=":", label="random direction"
        )
        axes.axvline(detection.layer, color=_FAINT, linewidth=0.8, linestyle=(0, (2, 3)))
        axes.set(xlabel="layer", ylabel="AUC, held out", ylim=(0.0, 1.03))
        axes.set_title(f"{name}, {curve.method}")
        axes.legend(fontsize=7.5, loc="lower right")
    return figure


def _bars(comparison: ComparisonView) -> Figure:
    rows = comparison.ranking
    figure, panels = _figure(9.6, 1.3 + 0.34 * len(rows), 4)
    lines: list[tuple[str, Sequence[Measured | float]]] = [
        ("behaviour (points)", [row.behaviour for row in rows]),
        (
            "inside score",
            [row.score if isinstance(row.inside, Absent) else row.inside for row in rows],
        ),
        ("output (logits)", [row.output for row in rows]),
        ("plain shift", [row.shift for row in rows]),
    ]
    for axes, (title, values) in zip(panels, lines, strict=True):
        _line_of_evidence(axes, title, values)
    for place, row in enumerate(rows):
        if isinstance(row.band, NullBand):
            across = row.band.high - row.band.low
            panels[1].barh(place, across, height=0.8, left=row.band.low, color=_BAND, zorder=0)
    panels[0].set_yticks(range(len(rows)), [row.trait for row in rows])
    title = f"{comparison.before} \N{RIGHTWARDS ARROW} {comparison.after}{comparison.on_set}"
    figure.suptitle(title, x=0.01, ha="left", fontsize=10)
    return figure


def _line_of_evidence(axes: Axes, title: str, values: Sequence[Measured | float]) -> None:
    colours = diverging("light", strong=True)
    across = axes.get_yaxis_transform()
    for place, value in enumerate(values):
        mean = value.mean if isinstance(value, Estimate) else value
        if isinstance(mean, Absent):
            axes.text(0.5, place, "-", ha="center", va="center", color=_SOFT, transform=across)
            continue
        axes.barh(place, mean, height=0.42, color=colours[-1] if mean > 0 else colours[0], zorder=2)
        if isinstance(value, Estimate):
            axes.plot([value.low, value.high], [place, place], color=_INK, linewidth=1.2, zorder=3)
    axes.axvline(0, color=_FAINT, linewidth=0.8)
    axes.set(xlabel=title, ylim=(len(values) - 0.5, -0.5), yticks=[])
