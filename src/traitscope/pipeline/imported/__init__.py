"""Finished captures of the predecessor (ewernn/trait-interp, ewernn/traitinterp) as experiments.

In: an experiment's folder in one of its two layouts. Out: a folder under `experiments/` with prompts,
answers, stores of residuals, directions and best layers, and `imported.json`, which says where they are from
and what is not known of them; and from those, without a model, projections and comparisons.
"""
