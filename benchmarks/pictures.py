"""Draw the pictures of docs/statistics.md.

    python benchmarks/pictures.py experiments/demo/experiment.yaml --pair chat:gloomy

`statistics-cells.png` who reads and who wrote; `statistics-null.png` the scores of a comparison among those
of its null contrasts; `statistics-organisms.png` what each rule found and how often it raised an alarm, from
the results of `benchmarks/organisms/run.py` that are there.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from traitscope.comparison import DECIDING, Standing, cell_effects, layer_scores, null_scores, standing
from traitscope.experiment import open_experiment
from traitscope.pipeline import look
from traitscope.pipeline.compare.evidence import ground, measure_of
from traitscope.pipeline.compare.readings import Compared, load_readings
from traitscope.pipeline.infer.stage import prompt_sets
from traitscope.report.palette import INKS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
RESULTS = ROOT / "benchmarks" / "results"
INK, SOFT, BAND, UP, DOWN = (INKS["light"][name] for name in ("ink", "soft", "band", "up", "down"))
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
}
RULES = (
    ("shipped", "verdict"),
    ("behaviour", "behaviour alone"),
    ("spread_late_foreign", "inside alone: spread, foreign null"),
    ("spread_late_controls", "inside alone: spread, controls"),
    ("whitened_late_foreign", "inside alone: whitened, foreign null"),
    ("output", "output alone"),
    ("reference", "plain projection, t interval"),
)


def main() -> None:
    """Draw what can be drawn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("experiment", type=Path)
    parser.add_argument("--pair", required=True, metavar="BEFORE:AFTER")
    arguments = parser.parse_args()
    with rc_context(STYLE):
        _save(cells(), "cells")
        _save(nulls(arguments.experiment, arguments.pair), "null")
        found = [RESULTS / f"{name}.json" for name in ("organisms", "organisms-tune")]
        found = [path for path in found if path.is_file()]
        if found:
            _save(organisms(found[0]), "organisms")


def cells() -> Figure:
    """Two readers of two writers' words, and the differences between them."""
    figure = Figure(figsize=(6.2, 3.1), layout="constrained")
    axes = figure.subplots()
    axes.axis("off")
    axes.set(xlim=(0, 10), ylim=(0, 5))
    for x, y, name, what in (
        (3.2, 3.6, "bb", "before reads its own words"),
        (7.6, 3.6, "ba", "before reads after's words"),
        (3.2, 1.0, "ab", "after reads before's words"),
        (7.6, 1.0, "aa", "after reads its own words"),
    ):
        axes.text(
            x, y, f"$\\bf{{{name}}}$\n{what}", ha="center", va="center", fontsize=8.5,
            bbox={"boxstyle": "round,pad=0.5", "facecolor": BAND, "edgecolor": "none"},
        )  # fmt: skip
    arrow = {"arrowstyle": "-|>", "lw": 1.8, "shrinkA": 2, "shrinkB": 2}
    for x in (3.2, 7.6):
        axes.annotate("", (x, 1.55), (x, 3.05), arrowprops=arrow | {"color": UP})
    for y in (3.6, 1.0):
        axes.annotate("", (6.0, y), (4.85, y), arrowprops=arrow | {"color": DOWN})
    axes.text(5.4, 2.3, "model effect\nmean of both", color=UP, ha="center", va="center")
    axes.text(5.4, 4.5, "text effect: mean of both", color=DOWN, ha="center", va="center")
    axes.text(0.1, 2.3, "same words,\nother reader:\ncounts as\ninside", color=UP, va="center", fontsize=8.5)
    return figure


def nulls(file: Path, pair: str) -> Figure:
    """Each trait's score over those of its null contrasts."""
    run = look(open_experiment(file))
    on, prompts = ground(run), prompt_sets(run)[0]
    chosen = next(one for one in run.experiment.config.comparisons if f"{one.before}:{one.after}" == pair)
    compared = Compared(chosen, prompts)
    by = measure_of(run, compared, on)
    found = load_readings(run, compared, on.given.deciding)
    delta = cell_effects(found.cells(on.given.deciding), DECIDING.window).model.mean(0, dtype=np.float64)
    kind = run.experiment.config.compare.against
    drawn = null_scores(by.nulls[kind], delta[None])[0]
    held = standing(layer_scores(DECIDING.statistic, delta, by.layers).mean(0), drawn)
    figure = Figure(figsize=(6.2, 1.5 * len(on.traits)), layout="constrained")
    every = figure.subplots(len(on.traits), sharex=True, squeeze=False)[:, 0]
    for number, (name, axes) in enumerate(zip(on.traits, every, strict=True)):
        _histogram(axes, drawn[number], held, number, name)
    every[-1].set_xlabel("inside score: cosine of spread-divided shift and direction, mean over layers")
    return figure


def _histogram(axes: Axes, drawn: np.ndarray, held: Standing, number: int, name: str) -> None:
    own, share = held.scores[number], held.tail[number]
    axes.hist(drawn, bins=60, color=BAND)
    for edge in (held.low[number], held.high[number]):
        axes.axvline(edge, color=SOFT, lw=0.8, ls=":")
    axes.axvline(own, color=UP if own > 0 else DOWN, lw=2)
    axes.set_title(f"{name}: {own:+.2f}, {100 * share:.2g} % of {len(drawn):,} null directions as far out")
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def organisms(path: Path) -> Figure:
    """Detected, and controls with any alarm, with exact 95 % intervals."""
    found = json.loads(path.read_text(encoding="utf-8"))["rules"]
    rules = [(rule, words) for rule, words in RULES if rule in found]
    figure = Figure(figsize=(6.2, 0.5 + 0.42 * len(rules)), layout="constrained")
    axes = figure.subplots()
    for place, (rule, _) in enumerate(rules):
        for key, colour, lift, label in (
            ("detected", UP, 0.12, "planted traits found"),
            ("false_alarms", DOWN, -0.12, "controls with any alarm"),
        ):
            one = found[rule][key]
            y = len(rules) - 1 - place + lift
            axes.plot([one["low"], one["high"]], [y, y], color=colour, lw=1.4)
            axes.plot(one["rate"], y, "o", ms=5, color=colour, label=label if place == 0 else None)
    axes.set_yticks(range(len(rules)), [words for _, words in reversed(rules)])
    axes.set(xlim=(-0.02, 1.02), xlabel="share, with its exact 95 % interval")
    axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=2)
    return figure


def _save(figure: Figure, name: str) -> None:
    path = DOCS / f"statistics-{name}.png"
    figure.savefig(path, dpi=130, metadata={"Software": None})
    print(path)


if __name__ == "__main__":
    main()
