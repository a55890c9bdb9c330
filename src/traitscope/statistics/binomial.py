"""How likely a count is that a fair or a loaded coin would give: the exact binomial test."""

import numpy as np


def binomial_p_value(successes: int, trials: int, chance: float) -> float:
    """Chance of a count that is at most as likely as this one, on either side (Clopper and Pearson 1934).

        sum of C(n, i) p^i (1 - p)^(n - i) over the i for which it is at most what it is for i = successes

    Args:
        successes: of the trials.
        trials: 0 or more.
        chance: of a success, between 0 and 1 and neither.

    Raises:
        ValueError: successes or chance out of range.
    """
    if not 0 <= successes <= trials or not 0 < chance < 1:
        raise ValueError(f"{successes} of {trials} at a chance of {chance} is no binomial count")
    count = np.arange(trials + 1)
    # Logarithms of factorials: those of some hundred trials are beyond any float.
    factorial = np.concatenate([[0.0], np.cumsum(np.log(count[1:]))])
    ways = factorial[-1] - factorial - factorial[::-1]
    likely = np.exp(ways + count * np.log(chance) + count[::-1] * np.log1p(-chance))
    # Counts that are equally likely on both sides are so only to within rounding.
    return float(min(likely[likely <= likely[successes] * (1 + 1e-7)].sum(), 1.0))
