"""A sample of answers under other settings."""
