"""Completed scenes in, flags and passes out: what a person looks at and a judge scores before extracting."""
