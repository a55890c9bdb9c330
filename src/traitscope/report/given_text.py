"""Texts that were read, as a table: a row a text, a column a trait."""

from collections.abc import Sequence

import polars as pl
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

MOST = 40
"""Rows that a terminal is given: those furthest from 0 in any trait."""


def given_table(
    table: pl.DataFrame, traits: Sequence[str], variant: str, against: str | None
) -> RenderableType:
    """The texts, the furthest along any trait first."""
    furthest = pl.max_horizontal(*[pl.col(name).abs() for name in traits])
    shown = table.sort(furthest, descending=True, nulls_last=True).head(MOST)
    found = Table(box=None, pad_edge=False)
    found.add_column("text")
    for name in traits:
        found.add_column(name, justify="right")
    for row in shown.iter_rows(named=True):
        found.add_row(row["text"], *("" if row[name] is None else f"{row[name]:+.3f}" for name in traits))
    held = (
        f"less that of its own answers to {against}"
        if against
        else "not held against anything: the variant has no answers of its own here"
    )
    title = f"{table.height} texts read by {variant}: mean projection in mean lengths of a token, {held}"
    more = f"{table.height - MOST} more are in texts.parquet" if table.height > MOST else ""
    return Group(Text(title), Text(""), found, Text(more))
