"""How fast a model runs: measured on this machine, or assumed and said so.

    seconds of a batch = operations on prompts / operations_per_second + steps * (step + rows * row)

`step` is what one step of decoding takes however few rows it has (weights are read once), `row` what each row
adds.
"""

import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

from traitscope.experiment.files import write_json
from traitscope.experiment.fingerprint import cache_folder, digest
from traitscope.models.architecture import Architecture
from traitscope.planning.arithmetic import pass_operations, prompt_operations
from traitscope.planning.machine import gpus
from traitscope.planning.memory import weight_bytes
from traitscope.planning.work import Batch, Decoding

CORE_OPERATIONS = 30e9
"""Operations a second that one CPU core gets done in float32."""
CPU_BYTES = 10e9
"""Bytes a second that a CPU's memory gives."""
GPU_OPERATIONS = 250e12
"""Operations a second in bfloat16: a quarter of an H100's peak."""
GPU_BYTES = 2e12
"""Bytes a second that a GPU's memory gives: two thirds of an H100's peak."""
LAYER_SECONDS = {"cpu": 0.2e-3, "cuda": 0.4e-3}
"""What starting a layer's work takes in one step, however small it is."""


@dataclass(frozen=True)
class Pace:
    """A model's speed on one machine, in one number format.

    Attributes:
        operations_per_second: while prompts and given words are read.
        step_seconds: of one step of decoding, without its rows.
        row_seconds: that each row adds to a step.
        source: where these come from, for people.
        measured: not assumed.
    """

    operations_per_second: float
    step_seconds: float
    row_seconds: float
    source: str
    measured: bool

    def seconds(self, architecture: Architecture, batch: Batch) -> float:
        """A batch, at most."""
        prompts = prompt_operations(architecture, batch) / self.operations_per_second
        if not isinstance(batch, Decoding):
            return prompts
        step = batch.share * self.step_seconds + batch.rows * self.row_seconds
        return prompts + (batch.new_tokens - 1) * step

    def prompt_tokens_per_second(self, architecture: Architecture) -> float:
        """Tokens of short prompts read in a second."""
        return self.operations_per_second / pass_operations(architecture, 1, 1, 1, 0)

    def new_tokens_per_second(self, rows: int) -> float:
        """Tokens of all rows generated in a second."""
        return rows / (self.step_seconds + rows * self.row_seconds)


def assumed(architecture: Architecture, dtype: str, device: str) -> Pace:
    """What a CPU of as many cores as this one, or a GPU like an H100, might do."""
    cores = os.cpu_count() or 1
    operations, memory = (
        (GPU_OPERATIONS, GPU_BYTES) if device == "cuda" else (cores * CORE_OPERATIONS, CPU_BYTES)
    )
    # Quantized weights are unpacked before use, which takes at least what reading fewer bytes saves.
    step = weight_bytes(architecture, dtype) / memory + LAYER_SECONDS[device] * architecture.layers
    source = (
        f"assumed: a GPU like an H100, {GPU_OPERATIONS / 1e12:.0f} TFLOP/s and {GPU_BYTES / 1e12:.0f} TB/s"
        if device == "cuda"
        else f"assumed: {cores} cores of {CORE_OPERATIONS / 1e9:.0f} GFLOP/s, {CPU_BYTES / 1e9:.0f} GB/s"
    )
    return Pace(
        operations, step, pass_operations(architecture, 1, 1, 1, 1) / operations, source, measured=False
    )


def remembered(model: str, architecture: Architecture, dtype: str, device: str, rows: int) -> Pace | None:
    """What was measured of this model on this machine, with this dtype and batch; None where nothing was."""
    try:
        found = json.loads(_memory(model, architecture, dtype, device, rows).read_text(encoding="utf-8"))
        pace = Pace(**found)
    except (OSError, ValueError, TypeError):
        return None
    return pace if min(pace.operations_per_second, pace.step_seconds + pace.row_seconds) > 0 else None


def remember(model: str, architecture: Architecture, dtype: str, device: str, rows: int, pace: Pace) -> None:
    """Keep a measurement in the user's cache."""
    write_json(_memory(model, architecture, dtype, device, rows), asdict(pace))


def machine_name(device: str) -> str:
    """The processor and how many there are of it, or the first GPU."""
    found = gpus()
    if device == "cuda" and found:
        return found[0].name
    return f"{_processor()}, {os.cpu_count()} cores"


def _memory(model: str, architecture: Architecture, dtype: str, device: str, rows: int) -> Path:
    threads = os.environ.get("OMP_NUM_THREADS", "")
    key = digest([model, asdict(architecture), dtype, machine_name(device), rows, threads])
    return cache_folder() / "pace" / f"{key}.json"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
