"""Replay every search policy on a recorded grid: what each finds, and how much it has judged for that.

python benchmarks/search.py [--resamples 200]

The grid (benchmarks/search_grid.parquet, see search_grid.py) says what every strength at every layer does to
each question. Each resample draws 10 of its 20 questions to search on, leaves the other 10 to report on, and
adds normal noise of 3 points to every judged score. Between recorded strengths each question's scores follow
straight lines in the logarithm of the strength. The policies are the program's own code.

For each policy: judged answers, the 10 unsteered ones included; steps; gap, the grid's largest delta among
what is coherent on the report questions minus the delta there of what was found (all of it where nothing was
found); incoherent, the share of searches whose winner is incoherent on the report questions; nothing, the
share without a winner. A gap can be negative: a winner that is incoherent on the report questions may lie
beyond all that is not.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from traitscope.config import SteerSettings, resolve_layers
from traitscope.steering import (
    Cost,
    Evaluation,
    Point,
    Source,
    Terrain,
    best_overall,
    evaluate,
    next_step,
    refine_step,
)

Array = NDArray[np.float64]
GRID = Path(__file__).with_name("search_grid.parquet")
LAYERS = tuple(range(4, 27, 2))
SEARCHED, NOISE, THRESHOLD = 10, 3.0, 70.0
COST_STRENGTHS, COST_PROMPTS = (0.1, 0.2, 0.4, 0.8), 6
STARTS = (0.15, 0.2, 0.25, 0.3, 0.35, 0.45, 0.6, 0.7, 0.9)


@dataclass(frozen=True)
class Grid:
    """One trait's recorded answers.

    Attributes:
        strengths: (strengths,) rising.
        scores, coherences, divergences: (layers, strengths, questions); divergences are of neutral prompts.
        unsteered, unsteered_coherences: (questions,).
    """

    strengths: Array
    scores: Array
    coherences: Array
    divergences: Array
    unsteered: Array
    unsteered_coherences: Array

    def at(self, values: Array, layer: int, strength: float) -> Array:
        """Values of every question at a strength, (questions,)."""
        place = np.interp(np.log(strength), np.log(self.strengths), np.arange(len(self.strengths)))
        below = min(int(place), len(self.strengths) - 2)
        found: Array = values[layer, below] + (place - below) * (
            values[layer, below + 1] - values[layer, below]
        )
        return found


class Outcome(NamedTuple):
    """What one search came to."""

    judged: int
    steps: int
    gap: float
    incoherent: bool
    nothing: bool


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--resamples", type=int, default=200)
    resamples = parser.parse_args().resamples
    grids = load_grids()
    print("policy                       judged  share  steps    gap  incoherent  nothing  gap by trait")
    policies = list(policies_tried())
    outcomes = {
        name: [replay(grid, settings, resamples) for grid in grids.values()] for name, settings in policies
    }
    binary = min(
        (found for name, found in outcomes.items() if name.startswith("binary")),
        key=lambda found: np.mean([one.gap for some in found for one in some]),
    )
    judged = np.mean([one.judged for some in binary for one in some])
    for name, found in outcomes.items():
        means = np.array([np.mean(some, axis=0) for some in found])  # (traits, columns)
        mean = means.mean(0)
        gaps = " ".join(f"{one:5.1f}" for one in means[:, 2])
        print(
            f"{name:<28} {mean[0]:6.1f}  {mean[0] / judged:5.2f}  {mean[1]:5.1f}  {mean[2]:5.2f}"
            f"  {mean[3]:10.2f}  {mean[4]:7.2f}  {gaps}"
        )
    print(f"traits: {', '.join(grids)}; {resamples} resamples of each; share is of the best binary's answers")


def policies_tried() -> Iterator[tuple[str, SteerSettings]]:
    """Each policy with a name: `binary` from every start, `fixed` at the edge and over the whole range; and
    both that search over all layers or every second or third one, refined around the best or not."""
    for start in STARTS:
        yield f"binary from {start:g}", _settings(policy="binary", start=start)
    yield "fixed, 4", _settings(policy="fixed", strengths=(0.25, 0.35, 0.45, 0.6))
    yield (
        "fixed, 10",
        _settings(policy="fixed", strengths=tuple(0.05 * 20 ** (place / 9) for place in range(10))),
    )
    yield "frontier", _settings(policy="frontier")
    for layers, every in (("all", ""), ("1:11:2", ", every 2nd"), ("1:11:3", ", every 3rd")):
        for policy in ({"policy": "binary", "start": 0.45}, {"policy": "frontier"}):
            if every:
                yield f"{policy['policy']}{every}", _settings(layers=layers, **policy)
            yield f"{policy['policy']}{every}, refined", _settings(layers=layers, refine="auto", **policy)


def load_grids() -> dict[str, Grid]:
    """The recorded grid, by trait."""
    frame = pl.read_parquet(GRID).with_columns(pl.col("trait").cast(pl.String))
    strengths = np.array(sorted(frame.filter(pl.col("strength") > 0)["strength"].unique()))
    grids = {}
    for name in frame["trait"].unique(maintain_order=True):
        mine = frame.filter(pl.col("trait") == name).sort("layer", "strength", "question")
        plain = mine.filter(pl.col("layer") == -1)
        steered = mine.filter(pl.col("layer").is_in(LAYERS))
        shape = (len(LAYERS), len(strengths), len(plain))
        columns: Mapping[str, Array] = {
            column: steered[column].to_numpy().astype(np.float64).reshape(shape)
            for column in ("score", "coherence", "neutral_divergence")
        }
        grids[name] = Grid(
            strengths,
            columns["score"],
            columns["coherence"],
            columns["neutral_divergence"],
            plain["score"].to_numpy().astype(np.float64),
            plain["coherence"].to_numpy().astype(np.float64),
        )
    return grids


def replay(grid: Grid, settings: SteerSettings, resamples: int) -> list[Outcome]:
    """Searches on resampled questions; the same draws for every policy."""
    return [_search(grid, settings, np.random.default_rng(number)) for number in range(resamples)]


def _search(grid: Grid, settings: SteerSettings, draw: np.random.Generator) -> Outcome:
    order = draw.permutation(len(grid.unsteered))
    asked, reported = order[:SEARCHED], order[SEARCHED:]
    layers = resolve_layers(settings.layers_of(""), len(LAYERS), "benchmark")
    terrain = Terrain(
        dict.fromkeys(layers, 1.0),
        float(grid.unsteered_coherences[asked].mean()),
        {
            layer: [
                Cost(one, float(grid.at(grid.divergences, layer, one)[:COST_PROMPTS].mean()))
                for one in COST_STRENGTHS
            ]
            for layer in layers
        },
    )
    unsteered = _judged(grid.unsteered[asked], draw)
    past: list[Evaluation] = []
    judged, number = len(asked), 0
    everywhere = {Source(): dict.fromkeys(range(len(LAYERS)), 1.0)}
    while step := next_step(settings, terrain, past) or refine_step(settings, everywhere, past):
        number += 1
        for point in step.points:
            places = asked[: step.questions]
            judged += len(places)
            scores, coherences = (
                _judged(grid.at(values, point.layer, point.coefficient)[places], draw)
                for values in (grid.scores, grid.coherences)
            )
            one = evaluate(number, point, 1.0, scores, coherences, unsteered, THRESHOLD)
            past.append(replace(one, refined=step.refined))
    best = best_overall(past, "induce")
    delta, coherent = (0.0, False) if best is None else _reported(grid, best.point, reported)
    return Outcome(
        judged, number, _most(grid, reported) - delta, best is not None and not coherent, best is None
    )


def _judged(values: Array, draw: np.random.Generator) -> list[float]:
    found: list[float] = np.clip(values + draw.normal(0, NOISE, len(values)), 0, 100).tolist()
    return found


def _reported(grid: Grid, point: Point, places: Sequence[int] | Any) -> tuple[float, bool]:
    scores, coherences = (
        grid.at(values, point.layer, point.coefficient)[places] for values in (grid.scores, grid.coherences)
    )
    return float((scores - grid.unsteered[places]).mean()), float(coherences.mean()) >= THRESHOLD


def _most(grid: Grid, places: Sequence[int] | Any) -> float:
    """The largest delta among what is coherent, on the report questions."""
    deltas = (grid.scores[:, :, places] - grid.unsteered[places]).mean(2)
    return float(deltas[grid.coherences[:, :, places].mean(2) >= THRESHOLD].max())


def _settings(**keys: Any) -> SteerSettings:
    given = {"layers": "all", "refine": "none"} | keys
    return SteerSettings(variant="chat", questions=SEARCHED, threshold=THRESHOLD, **given)


if __name__ == "__main__":
    main()
