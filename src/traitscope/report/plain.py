"""A view for programs: what JSON can hold of it."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from traitscope.report.values import Absent


def plain(value: Any) -> Any:
    """Views as dictionaries, tuples as lists; a figure that does not exist is null beside `<key>_reason`."""
    if isinstance(value, Absent):
        return None
    if is_dataclass(value):
        return plain({one.name: getattr(value, one.name) for one in fields(value)})
    if isinstance(value, Mapping):
        found: dict[str, Any] = {}
        for key, one in value.items():
            found[str(key)] = plain(one)
            if isinstance(one, Absent):
                found[f"{key}_reason"] = one.reason
        return found
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value
