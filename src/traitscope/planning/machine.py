"""This machine, looked at without torch: its GPUs and their free memory, its own free memory."""

import re
import shutil
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from traitscope.errors import InputError

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_BINARY = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


class Gpu(NamedTuple):
    """A GPU, and how many of its bytes are free."""

    name: str
    free: int


@cache
def gpus() -> tuple[Gpu, ...]:
    """The GPUs that a run would see; none where the installed torch is for CPUs alone."""
    try:
        only_cpu = "+cpu" in metadata.version("torch")
    except metadata.PackageNotFoundError:
        only_cpu = False
    asked = shutil.which("nvidia-smi")
    if only_cpu or asked is None:
        return ()
    query = ["--query-gpu=name,memory.free", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run([asked, *query], capture_output=True, text=True, timeout=2, check=True).stdout
        rows = [line.rsplit(",", 1) for line in told.splitlines() if line.strip()]
        return tuple(Gpu(name.strip(), int(free) * 2**20) for name, free in rows)
    except (OSError, ValueError, subprocess.SubprocessError):
        return ()


def free_memory() -> int | None:
    """Bytes of this machine's memory that a program may take; None where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
        told = next(line for line in lines if line.startswith("MemAvailable"))
        return int(told.split()[1]) * 1024
    except (OSError, StopIteration, ValueError, IndexError):
        return None


def parse_memory(text: str) -> int:
    """Bytes of '80GB', '80 GiB', '16000MB'.

    Raises:
        InputError: it is no size.
    """
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?)(I?)B\s*", text.upper())
    if not found or float(found[1]) <= 0 or (found[3] and not found[2]):
        raise InputError("--memory", f"'{text}' is no size", "write one such as 80GB or 24GiB")
    unit = (_BINARY if found[3] else _UNITS)[found[2]]
    return int(float(found[1]) * unit)
