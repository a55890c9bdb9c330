"""Stage extract, and what looks at its scenes before."""
