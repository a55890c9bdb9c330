"""What a figure in the report is: a number, a number with its interval, or the reason why there is none."""

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Noise: TypeAlias = Literal["questions", "scenes", "prompts", "prompts and scenes", "items"]
"""What an interval was taken over, and so which noise it holds."""


@dataclass(frozen=True)
class Absent:
    """A figure that does not exist; `reason` is a clause: "formality has no judge"."""

    reason: str


@dataclass(frozen=True)
class Estimate:
    """A mean with the two ends of its 95 % interval over `n` questions, scenes, prompts or items."""

    mean: float
    low: float
    high: float
    n: int
    noise: Noise


Number: TypeAlias = float | Absent
Measured: TypeAlias = Estimate | Absent


def check_finite(value: object, where: str) -> None:
    """Raise where a dataclass, sequence or mapping holds NaN or infinity at any depth.

    Raises:
        ValueError: names the first such number by its path; the caller should have written `Absent`.
    """
    for place, number in _floats(value, where):
        if not math.isfinite(number):
            raise ValueError(
                f"{place} is {number}: a figure that does not exist is an Absent with its reason"
            )


def _floats(value: Any, where: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, float):
        yield where, value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _floats(getattr(value, field.name), f"{where}.{field.name}")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _floats(item, f"{where}[{key!r}]")
    elif isinstance(value, tuple | list):
        for index, item in enumerate(value):
            yield from _floats(item, f"{where}[{index}]")
