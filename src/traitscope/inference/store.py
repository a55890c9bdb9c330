"""The residual store: what a reader made of a batch of answers, one safetensors shard a batch.

Per answer `i` (its place in the prompt set) a shard holds

    residual.i          (1 + response tokens, layers, width), bfloat16 or float32; token 0 ends the prompt
    log_probability.i   (response tokens,) float32
    mean_logits.i       (vocabulary,) float32, where the answer is long enough to have one

Figures are computed from what is stored, so that a later projection equals the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from traitscope.engine import Reading
from traitscope.experiment.tensors import read_tensors, write_tensors

SINK = 10.0
"""A token whose norm exceeds this many medians is an attention sink: it says nothing about the words."""


@dataclass(frozen=True)
class StoredReading:
    """One answer as its reader stored it.

    Attributes:
        residual: (1 + response tokens, layers, width), as stored; token 0 is the last prompt token.
        log_probability: (response tokens,) float32.
        mean_logits: (vocabulary,) float32, or None.
    """

    residual: Tensor
    log_probability: Tensor
    mean_logits: Tensor | None

    def response(self, layer: int) -> Tensor:
        """Residuals of the response tokens at a layer, (tokens, width) float32."""
        return self.residual[1:, layer].float()

    def last_prompt(self, layer: int) -> Tensor:
        """Residual of the last prompt token at a layer, (1, width) float32."""
        return self.residual[:1, layer].float()


def write_shard(path: Path, readings: Mapping[int, Reading], dtype: str) -> None:
    """Store a batch of readings, by their answers' places; whole or not at all."""
    tensors: dict[str, Tensor] = {}
    for place, reading in readings.items():
        tensors[f"residual.{place}"] = reading.residual.transpose(0, 1).to(getattr(torch, dtype))
        tensors[f"log_probability.{place}"] = reading.log_probability
        if reading.mean_logits is not None:
            tensors[f"mean_logits.{place}"] = reading.mean_logits
    write_tensors(path, tensors)


def read_store(shards: list[Path]) -> dict[int, StoredReading]:
    """All readings of a store, by their answers' places.

    Raises:
        WorkError: a shard is missing or damaged; the sentence names it.
    """
    found: dict[int, StoredReading] = {}
    for shard in shards:
        tensors = read_tensors(shard)
        for place in sorted(int(key.split(".")[1]) for key in tensors if key.startswith("residual.")):
            found[place] = StoredReading(
                tensors[f"residual.{place}"],
                tensors[f"log_probability.{place}"],
                tensors.get(f"mean_logits.{place}"),
            )
    return dict(sorted(found.items()))


def response_tokens(readings: Mapping[int, StoredReading], layer: int) -> Tensor:
    """Residuals of every answer's response tokens at a layer, sinks left out, (tokens, width) float32."""
    residual = torch.cat([reading.response(layer) for reading in readings.values()])
    return residual[~sinks(residual)]


def sinks(residual: Tensor) -> Tensor:
    """Which tokens are attention sinks, (tokens,) bool, of residuals (tokens, width)."""
    norms = residual.norm(dim=-1)
    found: Tensor = norms > SINK * norms.median()
    return found
