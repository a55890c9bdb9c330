"""Spans of few tokens by chance differ most: their means are shrunk toward 0 before they are ranked.

shrunk = mean * n / (n + 4),   n tokens of the clause
"""

from dataclasses import replace

import numpy as np

from traitscope.comparison.spans import Reread, clauses

PRIOR = 4
"""Tokens without any difference that every clause is taken to hold beside its own."""


def shrunk(answer: Reread) -> Reread:
    """The answer with every clause's differences shrunk by the clause's length."""
    weights = np.ones(len(answer.tokens))
    for clause in clauses(answer.tokens):
        weights[clause.start : clause.stop] = len(clause) / (len(clause) + PRIOR)
    return replace(answer, difference=answer.difference * weights)
