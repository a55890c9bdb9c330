"""Judges by their names in the file, and their scores in journals."""
