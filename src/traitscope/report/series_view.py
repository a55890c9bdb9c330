"""What the report shows of variants in an order, such as the checkpoints of one training."""

from collections.abc import Mapping
from dataclasses import dataclass

from traitscope.report.comparison_view import NullBand
from traitscope.report.values import Absent, Measured


@dataclass(frozen=True)
class SeriesStep:
    """A later variant held against the first: inside score over its band, and the judge's change."""

    inside: Measured
    band: NullBand | Absent
    behaviour: Measured


@dataclass(frozen=True)
class SeriesView:
    """The variants from `first` on, on one prompt set; per trait one step for each of `later`.

    Raises:
        ValueError: a trait has more or fewer steps than there are later variants.
    """

    first: str
    later: tuple[str, ...]
    prompts: str
    traits: Mapping[str, tuple[SeriesStep, ...]]

    def __post_init__(self) -> None:
        for trait, steps in self.traits.items():
            if len(steps) != len(self.later):
                raise ValueError(f"{trait} has {len(steps)} steps for {len(self.later)} variants")

    @property
    def key(self) -> str:
        """What no other series has: names hold no spaces."""
        return " ".join((self.first, *self.later, self.prompts))
