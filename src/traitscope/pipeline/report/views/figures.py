"""Stored figures as the report's values."""

from collections.abc import Mapping
from typing import Any

from traitscope.report import Absent, Estimate, Measured, Number


def number(value: float | None, reason: str) -> Number:
    """A figure, or why there is none."""
    return Absent(reason) if value is None else float(value)


def field(row: Mapping[str, Any], key: str) -> Number:
    """A figure of a stored row, or the reason stored beside it."""
    return number(row[key], row.get(f"{key}_reason", "not measured"))


def estimate(row: Mapping[str, Any], keys: tuple[str, str, str], n: int, noise: Any) -> Measured:
    """A figure with its interval from three keys of a stored row, or the reason stored beside the first."""
    mean, low, high = (row[key] for key in keys)
    if mean is None or low is None or high is None:
        return Absent(row.get(f"{keys[0]}_reason", "not measured"))
    return Estimate(mean, low, high, n, noise)
