"""Judge score where digits are tokens of their own: whole integers with their end.

    p(v) = sum over spellings s of v of  p(s | prompt) * (1 - p(a digit follows | prompt, s))
    score = sum(p(v) * v) / sum(p(v)),  none where sum(p(v)) < 0.25

A spelling is a number's tokens, with or without a space before. Nothing is cut to the 20 most likely.
"""

import math

import torch
from torch import Tensor

from traitscope.judging.continuations import Continuations
from traitscope.judging.digits import NUMBERS, Spelling
from traitscope.judging.integers import LEAST_MASS, Weighed
from traitscope.models import Ids, Model

NEGLIGIBLE = 1e-7
"""Probability of a first token below which what begins with it is left out: all of it together moves no score
by a thousandth."""


class WholeIntegers:
    """Reads the probabilities of whole integers off one model."""

    def __init__(self, model: Model, spelling: Spelling) -> None:
        self._model, self._spelling = model, spelling
        self._continuations = Continuations(model)

    def probabilities(self, prompt: Ids) -> Tensor:
        """Probability of each of the numbers 0 to 100 as the whole number after `prompt`, (101,) float64."""
        spelled = self._spelling.sequences
        found = torch.zeros(len(NUMBERS), dtype=torch.float64)
        digits = torch.tensor(self._spelling.digit_ids, device=self._model.device)
        with self._model.running():
            cache, opening = self._continuations.open(prompt)
            after: dict[Ids, Tensor] = {(): opening}
            likely = [ids for ids in spelled if float(opening[ids[0]].exp()) >= NEGLIGIBLE]
            sequences = _with_beginnings(likely)
            if not sequences:
                return found
            read = self._continuations.read(cache, len(prompt), sequences)
            after |= dict(zip(sequences, read, strict=True))
            goes_on = read[:, digits.to(read.device)].double().exp().sum(-1).tolist()
            logs: dict[Ids, float] = {(): 0.0}
            for ids, digit_follows in zip(sequences, goes_on, strict=True):
                logs[ids] = logs[ids[:-1]] + float(after[ids[:-1]][ids[-1]])
                if ids in spelled:
                    found[spelled[ids]] += math.exp(logs[ids]) * max(1 - digit_follows, 0.0)
        return found


def weigh_integers(probabilities: Tensor) -> Weighed:
    """Score of `WholeIntegers.probabilities`."""
    mass = min(float(probabilities.sum()), 1.0)
    if mass < LEAST_MASS:
        return Weighed(None, mass, f"only {mass:.0%} of the probability lies on whole numbers from 0 to 100")
    values = torch.tensor(NUMBERS, dtype=torch.float64)
    return Weighed(float(probabilities @ values / probabilities.sum()), mass)


def _with_beginnings(sequences: list[Ids]) -> list[Ids]:
    """The sequences and all that they begin with, shorter ones first."""
    found = {ids[:length] for ids in sequences for length in range(1, len(ids) + 1)}
    return sorted(found, key=lambda ids: (len(ids), ids))
