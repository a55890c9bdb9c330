"""Tables on disk: Parquet, written whole."""

import io
from pathlib import Path

import polars as pl

from traitscope.errors import WorkError


def parquet_bytes(table: pl.DataFrame) -> bytes:
    """A table as the bytes of a Parquet file."""
    stream = io.BytesIO()
    table.write_parquet(stream)
    return stream.getvalue()


def read_table(path: Path) -> pl.DataFrame:
    """A Parquet table that traitscope wrote.

    Raises:
        WorkError: it is missing or damaged.
    """
    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise WorkError(
            str(path), "is missing or damaged", "delete it and run the command again; only it is made anew"
        ) from error
