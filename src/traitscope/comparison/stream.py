"""Which tokens of an answer decide."""

FIRST_TOKEN = 8
"""First response token that counts: before it a variant that only learned the trait's opening words looks
like one that has the trait."""
