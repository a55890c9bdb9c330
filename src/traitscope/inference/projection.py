"""Residuals on directions: where along a trait every token stands.

raw        = h . v
cosine     = h . v / |h|
normalised = h . v / mean|h|,   mean over the reader's own unsteered response tokens of that layer
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import torch
from torch import Tensor

from traitscope.inference.store import Summary, Tokens


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
    """The tokens of a prompt and of an answer as text."""

    id: str
    prompt: tuple[str, ...]
    response: tuple[str, ...]

    def text(self, token: int) -> str:
        """Of the token at an index: 0 begins the response, -1 ends the prompt."""
        return self.response[token] if token >= 0 else self.prompt[token]


def project(
    tokens: Tokens,
    spoken: Mapping[int, Spoken],
    lines: Sequence[Line],
    norms: Mapping[int, float],
    component: str = "residual",
) -> pl.DataFrame:
    """Every token of a shard on every line whose layer it holds.

    Token -1 is the last of the prompt, 0 the response's first. Columns: prompt, token, text, side (prompt or
    response), trait, layer, method, raw, cosine, normalised.
    """
    ids, indexes, texts = _columns(tokens, spoken)
    by_layer: dict[int, int] = {}
    tables = []
    for line in lines:
        number = by_layer[line.layer] = by_layer.get(line.layer, -1) + 1
        found = _projected(tokens, line, number, component)
        if found is None:
            continue
        raw, lengths = found
        tables.append(
            pl.DataFrame(
                {
                    "prompt": ids,
                    "token": indexes,
                    "text": texts,
                    "side": ["response" if index >= 0 else "prompt" for index in indexes],
                    "trait": [line.trait] * len(ids),
                    "layer": [line.layer] * len(ids),
                    "method": [line.method] * len(ids),
                    "raw": raw.tolist(),
                    "cosine": (raw / lengths).tolist(),
                    "normalised": (raw / norms[line.layer]).tolist(),
                }
            )
        )
    return pl.concat(tables) if tables else pl.DataFrame(schema=SCHEMA)


SCHEMA = {
    "prompt": pl.String,
    "token": pl.Int64,
    "text": pl.String,
    "side": pl.String,
    "trait": pl.String,
    "layer": pl.Int64,
    "method": pl.String,
    "raw": pl.Float64,
    "cosine": pl.Float64,
    "normalised": pl.Float64,
}


def project_means(
    summary: Summary, ids: Mapping[int, str], lines: Sequence[Line], norms: Mapping[int, float]
) -> pl.DataFrame:
    """Each answer's mean and each prompt's mean on every line, of stores without tokens: columns as of
    `project`, with no token, text or cosine."""
    places = [ids[place] for place in summary.places.tolist()]
    tables = []
    for line in lines:
        totals, counts = summary.sums[:, :, line.layer].sum(1), summary.counts[:, :, line.layer].sum(1)
        sides = {
            "response": totals / counts[:, None],
            "prompt": summary.prompt_sum[:, line.layer] / summary.prompt_count[:, line.layer, None],
        }
        for side, means in sides.items():
            raw = means @ line.direction
            known = raw.isfinite()
            count = int(known.sum())
            tables.append(
                pl.DataFrame(
                    {
                        "prompt": [
                            place for place, there in zip(places, known.tolist(), strict=True) if there
                        ],
                        "token": [None] * count,
                        "text": [None] * count,
                        "side": [side] * count,
                        "trait": [line.trait] * count,
                        "layer": [line.layer] * count,
                        "method": [line.method] * count,
                        "raw": raw[known].tolist(),
                        "cosine": [None] * count,
                        "normalised": (raw[known] / norms[line.layer]).tolist(),
                    },
                    schema=SCHEMA,
                )
            )
    return pl.concat(tables)


def _columns(tokens: Tokens, spoken: Mapping[int, Spoken]) -> tuple[list[str], list[int], list[str]]:
    ids: list[str] = []
    indexes: list[int] = []
    texts: list[str] = []
    for place, first, where in tokens.answers():
        those = range(first, first + where.stop - where.start)
        ids += [spoken[place].id] * len(those)
        indexes += those
        texts += [spoken[place].text(index) for index in those]
    return ids, indexes, texts


def _projected(tokens: Tokens, line: Line, number: int, component: str) -> tuple[Tensor, Tensor] | None:
    """Raw projections and lengths, (tokens,) each; None where the shard does not hold the layer. `number`
    counts the lines at one layer, in whose order they were projected."""
    if line.layer in tokens.projected:
        found = tokens.projected[line.layer]
        return found[:, number], found[:, -1]
    if component not in tokens.components or line.layer not in tokens.layers:
        return None
    residual = tokens.at(line.layer, component)
    return torch.mv(residual, line.direction), residual.norm(dim=-1)
