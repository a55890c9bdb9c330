"""Adapters of which it is known what they plant: controls that plant nothing."""
