"""How an answer goes along a direction while it is spoken.

    y_t         (h_t . v - m) / s,   m and s: mean and standard deviation of h . v over the reader's own
                response tokens, from its mean and covariance:  m = mu . v,  s^2 = v' C v
    smoothed_t  mean of y over tokens t - REACH to t + REACH, as far as the answer has them
    crossing    the first t with |smoothed_t| >= BEYOND; none where it never is
    rate        slope of y over t by least squares, per token; none of fewer than three tokens

Single tokens jump: a full stop and the word before it lie further apart than two answers do, so that a
crossing is looked for in the smoothed trajectory, and the rate is that of the whole answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from traitscope.inference.projection import Line
from traitscope.inference.store import Covariance

REACH = 2
BEYOND = 2.0
FEWEST = 3
"""Tokens that a slope is taken over."""

DYNAMICS_SCHEMA: dict[str, pl.DataType] = {
    "prompt": pl.String(),
    "trait": pl.String(),
    "layer": pl.Int64(),
    "method": pl.String(),
    "tokens": pl.Int64(),
    "mean": pl.Float64(),
    "crossing": pl.Int64(),
    "rate": pl.Float64(),
    "smoothed": pl.List(pl.Float64()),
}

Array = NDArray[np.float64]


class Spread(NamedTuple):
    """Mean and standard deviation of a reader's own response tokens along a direction."""

    mean: float
    deviation: float


def spread_along(covariance: Covariance, line: Line) -> Spread:
    """Of the reader's tokens at a line's layer."""
    v, layer = line.direction.double().numpy(), line.layer
    variance = np.square(covariance.leading[layer] @ v).sum() + (covariance.rest[layer] * v**2).sum()
    return Spread(float(covariance.mean[layer] @ v), float(np.sqrt(variance)))


def smoothed(values: Array) -> Array:
    """Centred moving average, (tokens,); at the ends over the tokens there are."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    places = np.arange(len(values))
    start, stop = np.maximum(0, places - REACH), np.minimum(len(values), places + REACH + 1)
    return np.asarray((total[stop] - total[start]) / (stop - start))


def crossing(trajectory: Array) -> int | None:
    """The first token at which a smoothed trajectory is BEYOND from 0."""
    beyond = np.flatnonzero(np.abs(trajectory) >= BEYOND)
    return int(beyond[0]) if len(beyond) else None


def rate(values: Array) -> float | None:
    """Slope per token by least squares; None of fewer than FEWEST tokens."""
    if len(values) < FEWEST:
        return None
    along = np.arange(len(values)) - (len(values) - 1) / 2
    return float(along @ values / (along @ along))


def dynamics(projections: pl.DataFrame, spreads: Mapping[str, Spread]) -> pl.DataFrame:
    """A row for each answer and trait.

    Args:
        projections: of whole answers, as `project` makes them; what is no response token is left out.
        spreads: by trait; traits whose tokens do not differ are left out.
    """
    spoken = projections.filter((pl.col("side") == "response") & pl.col("token").is_not_null())
    rows: list[dict[str, Any]] = []
    for (prompt, trait), part in spoken.group_by("prompt", "trait", maintain_order=True):
        mean, deviation = spreads[str(trait)]
        if not deviation > 0:
            continue
        values = (part.sort("token")["raw"].to_numpy() - mean) / deviation
        trajectory = smoothed(values)
        rows.append(
            {
                "prompt": prompt,
                "trait": trait,
                "layer": part["layer"][0],
                "method": part["method"][0],
                "tokens": len(values),
                "mean": float(values.mean()),
                "crossing": crossing(trajectory),
                "rate": rate(values),
                "smoothed": trajectory.tolist(),
            }
        )
    return pl.DataFrame(rows, schema=DYNAMICS_SCHEMA)


def spreads_along(covariance: Covariance, lines: Sequence[Line]) -> dict[str, Spread]:
    """Trait -> how far the reader's own tokens spread along its line."""
    return {line.trait: spread_along(covariance, line) for line in lines}
