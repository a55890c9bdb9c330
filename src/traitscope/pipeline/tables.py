"""Tables on disk: Parquet, written whole."""

import io
import shutil
import tempfile
from collections.abc import Iterable, Sequence
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
    stream_tables([path], ((part,) for part in parts))


def stream_tables(paths: Sequence[Path], parts: Iterable[Sequence[pl.DataFrame]]) -> None:
    """Replace several tables of one folder by parts that are made together, a part of each at a time.

    Raises:
        WorkError: the disk is full or the folder cannot be written.
    """
    first = paths[0]
    # What a kill left behind: there is one writer at a time.
    for left in first.parent.glob(f".{first.name}.*"):
        shutil.rmtree(left, ignore_errors=True)
    with writing(first), tempfile.TemporaryDirectory(dir=first.parent, prefix=f".{first.name}.") as folder:
        names: list[list[Path]] = [[] for _ in paths]
        for number, tables in enumerate(parts):
            for path, written, table in zip(paths, names, tables, strict=True):
                written.append(Path(folder) / f"{path.stem}-{number:05d}.parquet")
                table.write_parquet(written[-1])
        for path, written in zip(paths, names, strict=True):
            whole = Path(folder) / path.name
            pl.scan_parquet(written).sink_parquet(whole)
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
