"""Texts as vectors: what a sentence encoder makes of them.

    mean    e = sum_t m_t h_t / sum_t m_t,  m_t 1 at a token and 0 at a pad
    cls     e = h_0
    returned as e / |e|

Reimers and Gurevych 2019 (Sentence-BERT, arXiv 1908.10084); h is the encoder's last hidden state.

Such a vector says what a text is about. How it is written shows in the layers below as well: `embed_layers`
gives mean and spread over a text's tokens at each of them.
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


def embed(encoder: "Encoder", texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors of the texts, (texts, width) float32; what lies past the encoder's limit is not read."""
    import torch

    found = np.zeros((len(texts), encoder.width), np.float32)
    for batch in _read(encoder, texts):
        last = batch.hidden[-1]
        pooled = last[:, 0] if encoder.pooling == "cls" else _mean(last, batch.mask)
        found[batch.places] = torch.nn.functional.normalize(pooled, dim=-1).cpu().numpy()
    return found


def embed_layers(encoder: "Encoder", texts: Sequence[str]) -> NDArray[np.float32]:
    """Mean and standard deviation over each text's tokens at every layer, the word vectors being the first:
    (texts, layers + 1, 2, width) float32."""
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
