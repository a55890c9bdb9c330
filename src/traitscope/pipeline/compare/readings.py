"""The four readings of a comparison as arrays, at the layers that are compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from traitscope.comparison import Cells, Read
from traitscope.config import Comparison
from traitscope.config.groups import shared_groups
from traitscope.inference import Summary, load_summary
from traitscope.pipeline.infer.stage import Asked, Reading, store
from traitscope.pipeline.run import Run


class Compared(NamedTuple):
    """A pair under `compare`, on one prompt set."""

    pair: Comparison
    prompts: Asked


@dataclass(frozen=True)
class Readings:
    """The four readings of a comparison at the prompts that all four hold.

    Attributes:
        layers: the layers that were loaded, in order.
        places: of the prompts.
        before_own, after_own, after_reads_before, before_reads_after: sums by reader and writer.
    """

    layers: tuple[int, ...]
    places: tuple[int, ...]
    before_own: Summary
    after_own: Summary
    after_reads_before: Summary
    before_reads_after: Summary

    def at(self, layer: int) -> int:
        """Where a layer is among those loaded."""
        return self.layers.index(layer)

    def cells(self, layers: Sequence[int]) -> Cells:
        """The four cells at some of the layers."""
        chosen = torch.tensor([self.at(layer) for layer in layers])
        shared = [
            shared_groups(int(one), int(other))
            for one, other in zip(self.before_own.responses, self.after_own.responses, strict=True)
        ]
        four = (self.before_own, self.after_own, self.after_reads_before, self.before_reads_after)
        bb, aa, ab, ba = (_read(one, chosen) for one in four)
        return Cells(bb, aa, ab, ba, np.array(shared, np.int64))


def load_readings(run: Run, one: Compared, layers: Sequence[int]) -> Readings:
    """The four readings; prompts that any variant answered with nothing are left out."""
    pair, prompts = one
    four = [
        load_summary(store(run, Reading(prompts, reader, writer)), layers)
        for reader, writer in (
            (pair.before, pair.before),
            (pair.after, pair.after),
            (pair.after, pair.before),
            (pair.before, pair.after),
        )
    ]
    shared = sorted(set.intersection(*(set(summary.places.tolist()) for summary in four)))
    bb, aa, ab, ba = (summary.rows(shared) for summary in four)
    return Readings(tuple(layers), tuple(shared), bb, aa, ab, ba)


def answer_means(summary: Summary, layer: int) -> NDArray[np.float64]:
    """Mean residual of each answer's response tokens at a loaded layer, (answers, width)."""
    total, count = summary.sums[:, :, layer].double().sum(1), summary.counts[:, :, layer].double().sum(1)
    return np.asarray((total / count[:, None]).numpy())


def _read(summary: Summary, layers: Tensor) -> Read:
    return Read(
        summary.sums[:, :, layers].numpy(),
        summary.counts[:, :, layers].numpy(),
        summary.prompt_sum[:, layers].numpy(),
        summary.prompt_count[:, layers].numpy(),
        summary.last_prompt[:, layers].numpy(),
    )
