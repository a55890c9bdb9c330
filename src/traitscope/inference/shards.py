"""Shards of a store: which answers each holds, written in the background, verified when they are read.

    index.jsonl                   a line a file: its shard, places, layers, bytes, SHA-256
    residuals/00000.safetensors   tokens of the shard's answers
    residuals/00000-l33.safetensors   the same at layers that were asked for later
    summaries/00000.safetensors   their sums
    covariance/00000.safetensors  of all tokens up to this shard; takes the place of the one before it

A file counts from the moment at which its line stands in the index; one whose size is another than the line
says is as good as missing, and so is one whose contents are not those that were written.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from torch import Tensor

from traitscope.errors import WorkError
from traitscope.experiment.files import append_rows, read_rows, writing
from traitscope.experiment.tensors import write_tensors

INDEX = "index.jsonl"
SUFFIX = ".safetensors"
DAMAGED = ".damaged"
READ = 1 << 22
"""Bytes hashed together."""


@dataclass(frozen=True)
class ShardFile:
    """A file of a store, as its index has it.

    Attributes:
        file: path under the store.
        shard: number of the shard.
        places: answers that it holds, by their places in the prompt set.
        layers: layers whose tokens it holds; empty for sums.
        bytes: its size.
        sha256: of its contents.
    """

    file: str
    shard: int
    places: tuple[int, ...]
    layers: tuple[int, ...]
    bytes: int
    sha256: str


def listed(folder: Path) -> list[ShardFile]:
    """All files that were ever whole, as the index has them; a file's later line replaces an earlier one."""
    found: dict[str, ShardFile] = {}
    for row in read_rows(folder / INDEX):
        one = ShardFile(**row | {"places": tuple(row["places"]), "layers": tuple(row["layers"])})
        found[one.file] = one
    # Layers that were captured later stand behind the shard's first ones, whose name is shorter.
    return sorted(
        found.values(), key=lambda one: (one.file.split("/")[0], one.shard, len(one.file), one.file)
    )


def read_index(folder: Path) -> dict[str, ShardFile]:
    """The files of a store that are whole by their size, by name."""
    return {one.file: one for one in listed(folder) if _size(folder / one.file) == one.bytes}


def indexed(folder: Path) -> set[str]:
    """Names of all files that were ever whole."""
    return {one.file for one in listed(folder)}


def unlisted(folder: Path) -> list[str]:
    """Names of files of which a store's index knows nothing: a write was killed, or the index was cut."""
    there = (path.relative_to(folder) for path in folder.glob("*/*") if path.suffix != DAMAGED)
    return sorted({str(path) for path in there} - indexed(folder))


def drop(folder: Path, names: Iterable[str]) -> None:
    """Delete files of a store.

    Raises:
        WorkError: the folder cannot be written.
    """
    for name in names:
        with writing(folder / name):
            (folder / name).unlink(missing_ok=True)


def read_shard(folder: Path, one: ShardFile) -> dict[str, Tensor]:
    """A shard's tensors.

    Raises:
        DamagedShardError: its contents are not what was written; the file is moved aside, so that running the
            command again captures it anew.
    """
    from safetensors.torch import load

    path = folder / one.file
    content = path.read_bytes() if path.is_file() else b""
    if len(content) != one.bytes or sha256(content).hexdigest() != one.sha256:
        if path.exists():
            path.replace(path.with_suffix(DAMAGED))
        raise DamagedShardError(
            str(path),
            "is not what was written there (torn, or another file)",
            "run 'traitscope infer' again: what it held is captured anew",
        )
    return dict(load(content))


class DamagedShardError(WorkError):
    """A shard that is not what was written; it was moved aside."""


class Writer:
    """Writes shards in a thread of its own, one at a time, while the next one is captured."""

    def __init__(self, folder: Path, pool: ThreadPoolExecutor) -> None:
        self.folder = folder
        self._pool = pool
        self._last: Future[None] | None = None

    def write(
        self,
        shard: int,
        places: Sequence[int],
        files: Mapping[str, tuple[Mapping[str, Tensor], Sequence[int]]],
        replaced: Sequence[str] = (),
    ) -> None:
        """Write a shard's files, {name: (tensors, layers)}, then their lines in the index, and then delete
        what they take the place of.

        Raises:
            WorkError: the shard before this one could not be written.
        """
        self.wait()
        work = partial(_write, self.folder, shard, tuple(places), dict(files), tuple(replaced))
        self._last = self._pool.submit(work)

    def wait(self) -> None:
        """Wait until everything is on the disk.

        Raises:
            WorkError: it could not be written.
        """
        if self._last is not None:
            self._last.result()
            self._last = None


@contextmanager
def writing_shards(folder: Path) -> Iterator[Writer]:
    """A writer of a store's shards; what it was given is on the disk when the context ends."""
    with ThreadPoolExecutor(1, "shards") as pool:
        writer = Writer(folder, pool)
        yield writer
        writer.wait()


def _write(
    folder: Path,
    shard: int,
    places: tuple[int, ...],
    files: Mapping[str, tuple[Mapping[str, Tensor], Sequence[int]]],
    replaced: tuple[str, ...],
) -> None:
    lines = []
    for name, (tensors, layers) in files.items():
        write_tensors(folder / name, tensors)
        size, digest = _size(folder / name), _digest(folder / name)
        lines.append(asdict(ShardFile(name, shard, places, tuple(layers), size, digest)))
    append_rows(folder / INDEX, lines)
    # What was moved aside has its successor.
    drop(folder, (str(Path(name).with_suffix(DAMAGED)) for name in files))
    drop(folder, replaced)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1


def _digest(path: Path) -> str:
    found = sha256()
    with path.open("rb") as stream:
        while part := stream.read(READ):
            found.update(part)
    return found.hexdigest()
