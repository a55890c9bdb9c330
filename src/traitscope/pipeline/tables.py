"""Tables on disk: Parquet, written whole."""

import io
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from traitscope.errors import WorkError
from traitscope.experiment.files import settle, sync, writing


def parquet_bytes(table: pl.DataFrame) -> bytes:
    """A table as the bytes of a Parquet file."""
    stream = io.BytesIO()
    table.write_parquet(stream)
    return stream.getvalue()


def stream_table(path: Path, parts: Iterable[pl.DataFrame]) -> None:
    """Replace `path` by the parts, one below the other, with one of them in memory at a time.

    Raises:
        WorkError: the disk is full or the folder cannot be written.
    """
    # What a kill left behind: there is one writer at a time.
    for left in path.parent.glob(f".{path.name}.*"):
        shutil.rmtree(left, ignore_errors=True)
    with writing(path), tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        names = []
        for number, part in enumerate(parts):
            names.append(Path(folder) / f"{number:05d}.parquet")
            part.write_parquet(names[-1])
        whole = Path(folder) / path.name
        pl.scan_parquet(names).sink_parquet(whole)
        with whole.open("rb") as stream:
            sync(stream)
        settle(whole, path)


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
