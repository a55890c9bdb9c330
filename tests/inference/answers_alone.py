"""What transformers says of one answer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Alone:
    """One answer as transformers sees it, without a batch.

    Attributes:
        residual: (layers, tokens, width) float32, after every block.
        logits: (tokens, vocabulary) float32.
    """

    residual: NDArray[np.float32]
    logits: NDArray[np.float32]
