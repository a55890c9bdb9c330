"""What comes next after many short continuations of one prompt, which is read once for all of them.

The continuations are read in one row, as a tree: each token sees the prompt and its own ancestors. A network
that hides tokens by itself (sliding windows, linear attention, biases by distance) may not follow such a
mask. So a tree is read only by networks whose every block keeps all of the prompt, and the first one is held
against rows of plain continuations, which are slower and right for every network.
"""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from traitscope.engine.padding import pad_left, pad_right
from traitscope.engine.prefill import prefill
from traitscope.models import Ids, Model

ROWS = 16
"""Continuations in rows read together: each holds the prompt's keys and values."""
CHECKED = 3
"""Continuations by which tree and rows are compared: the last ones, from which the most is to be hidden."""
LIKELIEST = 20
"""Tokens after each of them whose probabilities are compared."""
TOLERANCE = {torch.float32: 1e-3, torch.bfloat16: 0.1}
"""Nats by which the two may differ: rounding."""


class Continuations:
    """Reads continuations with one model."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.as_tree: bool | None = None
        """Whether the network follows a tree; None before the first was read."""

    def open(self, prompt: Ids) -> tuple[DynamicCache, Tensor]:
        """The prompt read, in a running model, and log-probabilities of the token after it, (vocabulary,)."""
        cache, logits = prefill(self._model, pad_left([prompt], self._model.pad_id, self._model.device))
        return cache, logits[0, -1].float().log_softmax(-1)

    def read(self, cache: DynamicCache, prompt: int, sequences: Sequence[Ids]) -> Tensor:
        """Log-probabilities of the next token after each of `sequences`, (sequences, vocabulary) float32.

        `sequences` hold every beginning of theirs, shorter ones first; `cache` holds a prompt of `prompt`
        tokens and is used up.
        """
        if self.as_tree is None:
            keeps_all = all(type(layer) is DynamicLayer for layer in cache.layers)
            self.as_tree = keeps_all and self._agrees(cache, prompt, sequences)
        return (self._tree if self.as_tree else self._rows)(cache, prompt, sequences)

    def _agrees(self, cache: DynamicCache, prompt: int, sequences: Sequence[Ids]) -> bool:
        """Whether a tree says the same as rows."""
        expected = self._rows(cache, prompt, sequences[-CHECKED:])
        try:
            found = self._tree(copy.deepcopy(cache), prompt, sequences)[-len(expected) :]
        except (RuntimeError, ValueError, TypeError, IndexError, NotImplementedError):
            # Networks refuse a mask that they do not understand each in its own way.
            return False
        likely, places = expected.topk(min(LIKELIEST, expected.shape[-1]))
        off = (found.gather(1, places) - likely).abs().max()
        return bool(off <= TOLERANCE.get(self._model.network.dtype, TOLERANCE[torch.float32]))

    def _tree(self, cache: DynamicCache, prompt: int, sequences: Sequence[Ids]) -> Tensor:
        model, count = self._model, len(sequences)
        place = {ids: index for index, ids in enumerate(sequences)}
        seen = torch.zeros(count, prompt + count, dtype=torch.bool)
        seen[:, :prompt] = True
        for index, ids in enumerate(sequences):
            for length in range(1, len(ids) + 1):
                seen[index, prompt + place[ids[:length]]] = True
        dtype = model.network.dtype
        mask = torch.zeros(seen.shape, dtype=dtype).masked_fill(~seen, torch.finfo(dtype).min)
        logits: Tensor = model.network(
            input_ids=torch.tensor([[ids[-1] for ids in sequences]], device=model.device),
            attention_mask=mask[None, None].to(model.device),
            position_ids=torch.tensor([[prompt + len(ids) - 1 for ids in sequences]], device=model.device),
            past_key_values=cache,
            use_cache=True,
        ).logits
        return logits[0].float().log_softmax(-1)

    def _rows(self, cache: DynamicCache, prompt: int, sequences: Sequence[Ids]) -> Tensor:
        read = []
        for start in range(0, len(sequences), ROWS):
            rows = sequences[start : start + ROWS]
            own = copy.deepcopy(cache)
            own.batch_repeat_interleave(len(rows))
            given = pad_right(rows, self._model.pad_id, self._model.device)
            before = torch.ones(len(rows), prompt, dtype=given.mask.dtype, device=given.mask.device)
            logits = self._model.network(
                input_ids=given.ids,
                attention_mask=torch.cat([before, given.mask], dim=1),
                position_ids=given.positions + prompt,
                past_key_values=own,
                use_cache=True,
            ).logits
            last = torch.tensor([len(row) - 1 for row in rows], device=logits.device)
            read.append(logits[torch.arange(len(rows), device=logits.device), last].float().log_softmax(-1))
        return torch.cat(read)
