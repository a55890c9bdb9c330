"""What the report shows of effects by group: prompts of one value of a field beside the others."""

from collections.abc import Mapping
from dataclasses import dataclass

from traitscope.report.values import Measured


@dataclass(frozen=True)
class Group:
    """The prompts with one value of a field, and every trait's plain shift on them."""

    value: str
    prompts: int
    shifts: Mapping[str, Measured]


@dataclass(frozen=True)
class GroupedShifts:
    """A comparison's plain shifts by a field of its prompts; `measure` says what they are."""

    field: str
    measure: str
    groups: tuple[Group, ...]
