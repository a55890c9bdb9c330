"""How many rows go together where the experiment file does not say: for runs, and for plans of them."""

BATCH_ROWS = {"cpu": 128, "cuda": 256}
"""Answers decoded together: enough to keep the arithmetic busy."""
READ_ROWS = 32
"""Scenes or answers read together: all their layers are held at once."""
