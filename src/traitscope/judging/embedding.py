"""Texts as figures: what a sentence encoder's layers make of them.

    mean    e = sum_t m_t h_t / sum_t m_t,  m_t 1 at a token and 0 at a pad
    spread  s = sqrt(sum_t m_t (h_t - e)^2 / sum_t m_t)

at each layer. The last one says what a text is about: by its mean Reimers and Gurevych 2019 (Sentence-BERT,
arXiv 1908.10084) compare texts. How a text is written shows in the layers below as well.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

    from traitscope.models.encoders import Encoder

ROWS = 32
"""Texts read together: of like length, so that little of a batch is padding."""


def embed_layers(encoder: "Encoder", texts: Sequence[str]) -> NDArray[np.float32]:
    """Mean and standard deviation over each text's tokens at every layer, the word vectors being the first:
    (texts, layers + 1, 2, width) float32; what lies past the encoder's limit is not read."""
    import torch

    layers = int(encoder.network.config.num_hidden_layers) + 1
    found = np.zeros((len(texts), layers, 2, encoder.width), np.float32)
    for batch in _read(encoder, texts):
        mean = _mean(batch.hidden, batch.mask)  # (layers + 1, texts, width)
        spread = _mean((batch.hidden - mean[:, :, None]) ** 2, batch.mask).sqrt()
        found[batch.places] = torch.stack([mean, spread]).permute(2, 1, 0, 3).cpu().numpy()
    return found


class _Batch(NamedTuple):
    places: list[int]
    """Indexes of the batch's texts."""
    hidden: "Tensor"
    """(layers + 1, texts, tokens, width) float32."""
    mask: "Tensor"
    """(texts, tokens): 1 at a token, 0 at a pad."""


def _read(encoder: "Encoder", texts: Sequence[str]) -> Iterator[_Batch]:
    import torch

    from traitscope.engine import by_length

    if not texts:
        return
    given = [text.lower() for text in texts] if encoder.lower else list(texts)
    encoded = encoder.tokenizer(given, truncation=True, max_length=encoder.limit)["input_ids"]
    device = next(encoder.network.parameters()).device
    for places in by_length(encoded, ROWS):
        padded = encoder.tokenizer.pad(
            {"input_ids": [encoded[place] for place in places]}, return_tensors="pt"
        ).to(device)
        with torch.inference_mode():
            hidden = encoder.network(**padded, output_hidden_states=True).hidden_states
            yield _Batch(places, torch.stack(hidden).float(), padded["attention_mask"])


def _mean(hidden: "Tensor", mask: "Tensor") -> "Tensor":
    """Mean over the tokens that are no pads, (..., texts, tokens, width) -> (..., texts, width)."""
    kept = mask[:, :, None].to(hidden.dtype)
    mean: Tensor = (hidden * kept).sum(-2) / kept.sum(-2)
    return mean
