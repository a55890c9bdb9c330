"""The likelihood judge: is this answer still language the unsteered model could have meant?

    drop       = mean log-probability of unsteered answers - that of the answer, in nats a token
    likelihood = 1 / (1 + exp((drop - 1.5) / 0.5))
    repetition = clamp((novelty - 0.3) / 0.4, 0, 1)
    score      = 100 * likelihood * repetition

Likelihood alone punishes the trait, since a strong trait answer is unlikely under the unsteered model: each
answer is scored with and without a system prompt that asks for the trait, and the better one counts. It is
also blind to loops, which the model finds likely: hence the repetition.
"""

import math

from traitscope.judging.repetition import novelty

EDGE = 1.5
"""Drop in nats a token at which the likelihood counts half: on SmolLM2 prose lies below 0.7, steered answers
that have begun to drift about 1, word salad beyond 5."""
SOFTNESS = 0.5
"""Nats over which it falls."""
NOVELTY_LOOP = 0.3
"""Novelty of a text that is nothing but a loop."""
NOVELTY_PROSE = 0.7
"""Novelty above which prose is not marked down: small models repeat a phrase now and then."""


def coherence(text: str, log_probability: float, unsteered: float) -> float:
    """Coherence of an answer, 0 to 100.

    Args:
        text: the answer.
        log_probability: mean over its tokens, nats; the better of with and without the trait's system prompt.
        unsteered: mean of the same figure over unsteered answers to the same questions.
    """
    drop = unsteered - log_probability
    likelihood = 1 / (1 + math.exp(min((drop - EDGE) / SOFTNESS, 50)))
    repetition = (novelty(text) - NOVELTY_LOOP) / (NOVELTY_PROSE - NOVELTY_LOOP)
    return 100 * likelihood * min(max(repetition, 0.0), 1.0)
