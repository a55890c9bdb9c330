"""Trait folders in, findings out: what would harm a direction, said before a model is loaded."""
