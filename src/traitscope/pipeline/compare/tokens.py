"""The words of a comparison, token by token: what each reader makes of them along a trait."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import polars as pl

from traitscope.comparison.spans import Reread
from traitscope.config import InferSettings
from traitscope.inference import Covariance, Line
from traitscope.pipeline.compare.readings import Compared
from traitscope.pipeline.infer.project import TABLE
from traitscope.pipeline.infer.stage import Reading, store
from traitscope.pipeline.run import Run
from traitscope.pipeline.tables import read_table

TOKEN_SCHEMA = {
    "variant": pl.String,
    "prompt": pl.String,
    "token": pl.Int64,
    "text": pl.String,
    "trait": pl.String,
    "value": pl.Float64,
}


def projections(run: Run, one: Compared, settings: InferSettings) -> dict[tuple[str, str], pl.DataFrame]:
    """(reader, writer) -> projections of response tokens; nothing where no tokens are kept."""
    if settings.store == "mean" or settings.sides == "prompt":
        return {}
    both = (one.pair.before, one.pair.after)
    return {
        (reader, writer): read_table(store(run, Reading(one.prompts, reader, writer)) / TABLE).filter(
            pl.col("side") == "response"
        )
        for reader in both
        for writer in both
    }


def token_table(
    one: Compared,
    tables: Mapping[tuple[str, str], pl.DataFrame],
    covariance: Covariance,
    read: Iterable[Line],
) -> pl.DataFrame:
    """Own words of both variants, token by token: (h - mu) . v / mean|h|, with mu and mean|h| of the before
    variant's response tokens."""
    found = []
    for line in read:
        middle = float(covariance.mean[line.layer] @ line.direction.double().numpy())
        for variant in (one.pair.before, one.pair.after):
            own = tables[variant, variant].filter(pl.col("trait") == line.trait)
            value = (pl.col("raw") - middle) / float(covariance.length[line.layer])
            found.append(
                own.select(
                    pl.lit(variant).alias("variant"), "prompt", "token", "text", "trait", value.alias("value")
                )
            )
    return pl.concat(found)


def reread(
    one: Compared, tables: Mapping[tuple[str, str], pl.DataFrame], covariance: Covariance, line: Line
) -> Iterator[Reread]:
    """Each answer with what its two readers make of every token, in units of the mean length of a token."""
    length = float(covariance.length[line.layer])
    for writer in (one.pair.before, one.pair.after):
        old, new = (
            tables[reader, writer].filter(pl.col("trait") == line.trait)
            for reader in (one.pair.before, one.pair.after)
        )
        both = old.join(new, on=("prompt", "token"), suffix="_after", maintain_order="left")
        for (prompt,), part in both.group_by("prompt", maintain_order=True):
            difference = ((part["raw_after"] - part["raw"]) / length).to_numpy()
            yield Reread(writer, str(prompt), tuple(part["text"]), np.asarray(difference, np.float64))
