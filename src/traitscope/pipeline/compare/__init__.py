"""Stage compare."""
