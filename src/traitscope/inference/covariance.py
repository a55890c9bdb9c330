"""The covariance of a reader's response tokens, kept small: a few directions whole, the rest by its diagonal.

    C = B' B / n + diag(d)

B are the leading right singular vectors of the centred tokens, each as long as its singular value, found as
the tokens come: a block of new rows is put below B, and what is beyond the RANK leading directions is dropped
(incremental principal components; Brand 2006). d is what the sums of squares, which are exact, say of each
dimension beyond B: so the diagonal of C is exact, and only correlations outside of the leading directions are
lost. A model of no more than RANK dimensions loses nothing.

Tokens are centred on the mean of the first block; what that lacks of the true mean is taken out at the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from traitscope.config.batches import RANK

BLOCK = 128
"""New tokens that are taken in together."""


@dataclass
class Sketch:
    """Leading directions of the tokens seen so far, layer by layer, each on its layer's device.

    Attributes:
        reference: of each layer (width,) float32, what tokens are centred on; empty before the first of them.
        leading: of each layer (up to RANK, width) float32, B.
    """

    reference: list[Tensor] = field(default_factory=list)
    leading: list[Tensor] = field(default_factory=list)

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor]) -> "Sketch":
        """What was stored, to be taken further."""
        return cls(list(tensors["reference"]), list(tensors["leading"]))

    def tensors(self) -> dict[str, Tensor]:
        """What is stored of it, on the CPU: `reference` (layers, width), `leading` (layers, rank, width)."""
        return {
            "reference": torch.stack([one.cpu() for one in self.reference]),
            "leading": torch.stack([one.cpu() for one in self.leading]),
        }

    def add(self, layer: int, tokens: Tensor, kept: Tensor) -> None:
        """Take in a layer's tokens; the first ones arrive in the order of the layers.

        Args:
            layer: whose they are.
            tokens: (tokens, width) float32.
            kept: (tokens,) bool, which of them count; sinks do not.
        """
        weights = kept[:, None].float()
        if layer == len(self.leading):
            first = weights[:BLOCK]
            self.reference.append((tokens[:BLOCK] * first).sum(0) / first.sum().clamp(min=1))
            self.leading.append(tokens.new_zeros(0, tokens.shape[1]))
        # A sketch that was read back lies on the CPU.
        reference, leading = (one[layer].to(tokens.device) for one in (self.reference, self.leading))
        centred = (tokens - reference) * weights
        for block in torch.split(centred, BLOCK):
            leading = _leading(torch.cat([leading, block]), min(RANK, tokens.shape[1]))
        self.reference[layer], self.leading[layer] = reference, leading


def _leading(rows: Tensor, rank: int) -> Tensor:
    """Leading right singular vectors of (rows, width), times their singular values."""
    if len(rows) <= rank:
        return rows
    if len(rows) <= rows.shape[1]:
        # The left singular vectors, from the smaller of the two Gram matrices.
        _, vectors = torch.linalg.eigh(rows @ rows.T)
        short: Tensor = vectors[:, -rank:].T @ rows
        return short
    values, vectors = torch.linalg.eigh(rows.T @ rows)
    lengths = values[-rank:].clamp(min=0).sqrt()
    found: Tensor = (vectors[:, -rank:] * lengths).T
    return found
