"""Stage report, and `summary.json`."""
