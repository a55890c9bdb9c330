"""Directions in and out."""
