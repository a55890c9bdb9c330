"""The top spans of random directions, beside those of the traits: clauses differ along any direction.

A trait's random direction is drawn with the covariance of the before variant's response tokens at the trait's
layer, and has unit length as the trait's has. Stored tokens are read once more for it, shard by shard.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
import polars as pl
import torch

from traitscope.comparison.null import covariance_draws
from traitscope.comparison.spans import Span, top_spans
from traitscope.config import InferSettings
from traitscope.inference import Covariance, Line, project, token_shards
from traitscope.inference.projection import SCHEMA
from traitscope.pipeline.compare.readings import Compared
from traitscope.pipeline.compare.shrinking import shrunk
from traitscope.pipeline.compare.tokens import reread
from traitscope.pipeline.infer.project import spoken_tokens
from traitscope.pipeline.infer.stage import Reading, store
from traitscope.pipeline.run import Run

RANDOM_SPANS = 3
"""Of each trait's random direction."""


def random_spans(
    run: Run, one: Compared, settings: InferSettings, covariance: Covariance, along: Sequence[Line]
) -> dict[str, list[Span]]:
    """Trait -> the top spans of its random direction; nothing where no response tokens are stored."""
    if settings.store != "tokens" or settings.sides == "prompt":
        return {}
    drawn = [_random(line, covariance, run.seed + number) for number, line in enumerate(along)]
    both = (one.pair.before, one.pair.after)
    tables = {
        (reader, writer): _projected(run, Reading(one.prompts, reader, writer), settings, drawn, covariance)
        for reader in both
        for writer in both
    }
    return {
        line.trait: top_spans(map(shrunk, reread(one, tables, covariance, line)), RANDOM_SPANS)
        for line in drawn
    }


def _random(line: Line, covariance: Covariance, seed: int) -> Line:
    leading, rest = covariance.leading[line.layer], covariance.rest[line.layer]
    over, dimensions = covariance_draws(1, len(leading), len(rest), seed)
    direction = torch.from_numpy((over @ leading + dimensions * np.sqrt(rest))[0]).float()
    return replace(line, method="random", direction=direction / direction.norm())


def _projected(
    run: Run, reading: Reading, settings: InferSettings, drawn: Sequence[Line], covariance: Covariance
) -> pl.DataFrame:
    spoken = spoken_tokens(run, reading, settings)
    norms: Mapping[int, float] = {line.layer: float(covariance.length[line.layer]) for line in drawn}
    component = run.experiment.config.extract.component
    shards = token_shards(store(run, reading))
    parts = (project(tokens, spoken, drawn, norms, component) for tokens in shards)
    return pl.concat(
        part.filter(pl.col("side") == "response") for part in chain([pl.DataFrame(schema=SCHEMA)], parts)
    )
