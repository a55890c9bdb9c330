"""Figures as rows of JSON files: intervals by their ends, nulls beside their reasons."""

from collections.abc import Mapping
from typing import Any

from traitscope.statistics import Interval


def interval_row(key: str, interval: Interval | None) -> dict[str, float | None]:
    """An interval as three fields; all are null where there is none."""
    if interval is None:
        return {key: None, f"{key}_low": None, f"{key}_high": None}
    return {key: interval.mean, f"{key}_low": interval.low, f"{key}_high": interval.high}


def with_reasons(row: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """The row, each null followed by its reason."""
    found: dict[str, Any] = {}
    for key, value in row.items():
        found[key] = value
        if value is None:
            found[f"{key}_reason"] = reason
    return found
