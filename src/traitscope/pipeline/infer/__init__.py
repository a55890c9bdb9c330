"""Stage infer."""
