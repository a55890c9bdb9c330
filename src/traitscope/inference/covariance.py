"""The covariance of a reader's response tokens, kept small: a few directions whole, the rest by its diagonal.

    C = B' B / n + diag(d)

B are the leading right singular vectors of the centred tokens, each as long as its singular value, found as
the tokens come: a block of new rows is put below B, and what is beyond the RANK leading directions is dropped
(incremental principal components; Brand 2006). d is what the sums of squares, which are exact, say of each
dimension beyond B: so the diagonal of C is exact, and only correlations outside of the leading directions are
lost. A model of no more than RANK dimensions loses nothing.

Tokens are centred on the mean of the first block; what that lacks of the true mean is taken out at the end.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

RANK = 64
"""Leading directions kept of each layer."""
BLOCK = 128
"""New tokens that are taken in together."""


@dataclass
class Sketch:
    """Leading directions of the tokens seen so far, at every layer.

    Attributes:
        reference: (layers, width) float32, what tokens are centred on; empty before the first of them.
        leading: (layers, up to RANK, width) float32, B.
    """

    reference: Tensor = field(default_factory=lambda: torch.zeros(0))
    leading: Tensor = field(default_factory=lambda: torch.zeros(0))

    def add(self, tokens: Tensor, kept: Tensor) -> None:
        """Take in tokens.

        Args:
            tokens: (layers, tokens, width) float32.
            kept: (layers, tokens) bool, which of them count; sinks do not.
        """
        for start in range(0, tokens.shape[1], BLOCK):
            self._add(tokens[:, start : start + BLOCK], kept[:, start : start + BLOCK])

    def tensors(self) -> dict[str, Tensor]:
        """What is stored of it, on the CPU."""
        return {"reference": self.reference.cpu(), "leading": self.leading.cpu()}

    def _add(self, tokens: Tensor, kept: Tensor) -> None:
        # A sketch that was read back lies on the CPU.
        self.reference, self.leading = self.reference.to(tokens.device), self.leading.to(tokens.device)
        weights = kept[:, :, None].float()
        if not self.reference.numel():
            self.reference = (tokens * weights).sum(1) / weights.sum(1).clamp(min=1)
            self.leading = tokens.new_zeros(len(tokens), 0, tokens.shape[2])
        rows = torch.cat([self.leading, (tokens - self.reference[:, None]) * weights], dim=1)
        self.leading = _leading(rows, min(RANK, tokens.shape[2]))


def _leading(rows: Tensor, rank: int) -> Tensor:
    """Leading right singular vectors of (layers, rows, width), times their singular values."""
    if rows.shape[1] <= rank:
        return rows
    if rows.shape[1] <= rows.shape[2]:
        # The left singular vectors, from the smaller of the two Gram matrices.
        _, vectors = torch.linalg.eigh(rows @ rows.transpose(1, 2))
        short: Tensor = vectors[:, :, -rank:].transpose(1, 2) @ rows
        return short
    values, vectors = torch.linalg.eigh(rows.transpose(1, 2) @ rows)
    lengths = values[:, -rank:].clamp(min=0).sqrt()
    found: Tensor = (vectors[:, :, -rank:] * lengths[:, None]).transpose(1, 2)
    return found
