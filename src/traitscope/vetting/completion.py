"""A completed scene, cut where the words lie that count."""

from dataclasses import dataclass
from typing import Literal

Pole = Literal["positive", "negative"]


@dataclass(frozen=True)
class Completion:
    """What a model wrote after one scene."""

    pole: Pole
    line: int
    """Of the scene, in its file."""
    scene: str
    before: str
    """Generated words before those that count; mostly none."""
    counted: str
    """Generated words whose residuals become the direction."""
    after: str
    ended: bool
    """The model stopped by itself."""

    @property
    def text(self) -> str:
        """All that was generated."""
        return f"{self.before}{self.counted}{self.after}"
