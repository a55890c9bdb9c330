"""What the experiment file does not say, for runs and for plans of them: how many rows go together, how much
is kept of a token."""

BATCH_ROWS = {"cpu": 128, "cuda": 256}
"""Answers decoded together: enough to keep the arithmetic busy."""
READ_ROWS = 32
"""Scenes or answers read together: all their layers are held at once."""
MIXED_VARIANTS = 4
"""Variants in a batch at the most: the rows of each are gathered by themselves in every adapted layer."""
CANDIDATES = 64
"""Next tokens whose probabilities are kept at each place: they hold nearly all of it, and the divergence of
another model can be told from them."""
RANK = 64
"""Leading directions of a reader's tokens kept at each layer."""
