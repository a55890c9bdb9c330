"""Residuals on directions: where along a trait every token stands.

raw        = h . v
cosine     = h . v / |h|
normalised = h . v / mean|h|,   mean over the reader's own unsteered response tokens of that layer
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from torch import Tensor

from traitscope.inference.store import StoredReading, response_tokens


@dataclass(frozen=True)
class Line:
    """A direction to project on.

    Attributes:
        trait, method: what it stands for.
        layer: where it is read.
        reason: why that layer.
        direction: (width,) float32, unit.
    """

    trait: str
    method: str
    layer: int
    reason: str
    direction: Tensor


@dataclass(frozen=True)
class Spoken:
    """An answer's tokens as text, beside the prompt it answers."""

    prompt: str
    tokens: tuple[str, ...]


def mean_norms(own: Mapping[int, StoredReading], lines: Sequence[Line]) -> dict[int, float]:
    """Layer -> mean length of a reader's own response-token residuals there."""
    return {
        layer: float(response_tokens(own, layer).norm(dim=-1).mean())
        for layer in sorted({line.layer for line in lines})
    }


def project(
    readings: Mapping[int, StoredReading],
    spoken: Mapping[int, Spoken],
    lines: Sequence[Line],
    norms: Mapping[int, float],
) -> pl.DataFrame:
    """Every token of every answer on every line; token -1 is the last of the prompt, 0 the response's first.

    Columns: prompt, token, text, side (prompt or response), trait, layer, method, raw, cosine, normalised.
    """
    tables = []
    for place, reading in readings.items():
        count = reading.residual.shape[0]
        for line in lines:
            residual = reading.residual[:, line.layer].float()
            raw = residual @ line.direction
            tables.append(
                pl.DataFrame(
                    {
                        "prompt": [spoken[place].prompt] * count,
                        "token": list(range(-1, count - 1)),
                        "text": ["", *spoken[place].tokens],
                        "side": ["prompt", *["response"] * (count - 1)],
                        "trait": [line.trait] * count,
                        "layer": [line.layer] * count,
                        "method": [line.method] * count,
                        "raw": raw.tolist(),
                        "cosine": (raw / residual.norm(dim=-1)).tolist(),
                        "normalised": (raw / norms[line.layer]).tolist(),
                    }
                )
            )
    return pl.concat(tables)
